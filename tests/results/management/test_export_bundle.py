"""`export_bundle` says what it wrote, and writes nothing before its time."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from audit.services import set_disclosure
from tests.results.exports.published import PublishedNight

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


def export(out: Path, *arguments: str) -> str:
    printed = io.StringIO()
    call_command("export_bundle", "--out", str(out), *arguments, stdout=printed)
    return printed.getvalue()


def set_moment(after: timedelta) -> None:
    set_disclosure(election="test-2026", figures_public_from=timezone.now() + after)


def test_before_figures_are_public_it_refuses_and_writes_nothing(night: PublishedNight, tmp_path: Path) -> None:
    set_moment(timedelta(hours=1))
    with pytest.raises(CommandError, match="Figures are not public yet, so nothing was written"):
        export(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    export(tmp_path / "out", "--checkpoint-only")
    assert {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()} == {"checkpoint", "vkey"}


def test_it_says_what_it_wrote(night: PublishedNight, tmp_path: Path) -> None:
    set_moment(-timedelta(hours=1))
    assert "snapshots" in export(tmp_path / "out")
    assert (tmp_path / "out" / "latest.json").exists()


def test_a_log_that_was_never_published_is_refused_with_a_sentence(
    night: PublishedNight, tmp_path: Path, settings: Settings
) -> None:
    set_moment(-timedelta(hours=1))
    settings.LOG_DIR = tmp_path / "nowhere"
    with pytest.raises(CommandError, match="The log has not been published yet"):
        export(tmp_path / "out")
