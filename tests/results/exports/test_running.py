"""Files are written by themselves after a publication: once, by one worker, and what failed is told and tried again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.domain.roles import Role
from audit.services import set_disclosure
from results.exports.running import AGAIN, EXPORT_LOCK, SILENT, export_due
from results.models import Export
from results.publication.services import publish_bulletin
from tests import scene
from tests.results import evening
from tests.results.exports.published import PublishedNight
from tests.results.exports.test_static_site import publish_another

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def bundle(night: PublishedNight, settings: Settings, tmp_path: Path) -> Path:
    """The folder of the bundle; the night's figures are public."""
    set_disclosure(election="test-2026", figures_public_from=timezone.now() - timedelta(hours=1))
    settings.BUNDLE_DIR = tmp_path / "bundle"
    return tmp_path / "bundle"


def page(night: PublishedNight) -> str:
    client = Client()
    client.force_login(evening.member("cec", night.election, Role.CEC))
    return client.get("/en/publication/").content.decode()


def test_where_no_folder_is_named_nothing_is_written(night: PublishedNight, settings: Settings) -> None:
    settings.BUNDLE_DIR, settings.PREPARE_DOWNLOADS = None, False
    assert export_due(now=timezone.now()) is None
    assert "are not written by themselves here" in page(night)


def test_what_is_published_is_written_once_and_again_after_the_next(night: PublishedNight, bundle: Path) -> None:
    assert "Nothing is written yet" in page(night)
    done = export_due(now=timezone.now())
    assert done is not None and done.state == Export.State.DONE
    assert (bundle / "elections/test-2026/kk/index.html").is_file()
    assert done.files_written > 30
    assert done.pages_of == 3 * len(list((bundle / "elections/test-2026/kk").rglob("*.html")))
    assert "Everything published is written" in page(night)
    assert export_due(now=timezone.now()) is None
    publish_another(night)
    again = export_due(now=timezone.now())
    assert again is not None and again.files_written < done.files_written


def test_ready_made_files_can_be_asked_for_alone_or_within_the_bundle(
    night: PublishedNight, bundle: Path, settings: Settings
) -> None:
    settings.BUNDLE_DIR, settings.PREPARE_DOWNLOADS = None, True
    done = export_due(now=timezone.now())
    assert done is not None and done.files_written == len(list(Path(settings.DOWNLOADS_DIR).rglob("*.*")))
    assert not bundle.exists()
    settings.BUNDLE_DIR = bundle
    export_due(now=timezone.now())
    assert list((bundle / "downloads").rglob("*.pdf"))


def test_nothing_is_written_before_figures_are_public(night: PublishedNight, bundle: Path) -> None:
    set_disclosure(election="test-2026", figures_public_from=timezone.now() + timedelta(hours=1))
    assert export_due(now=timezone.now()) is None
    assert not bundle.exists()


def test_what_is_not_in_the_signed_log_yet_waits_for_it(night: PublishedNight, bundle: Path) -> None:
    export_due(now=timezone.now())
    publish_bulletin(election=night.election, by=scene.person("cec"), now=scene.NOW)
    assert export_due(now=timezone.now()) is None


def test_while_one_writes_nobody_else_does(night: PublishedNight, bundle: Path) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [EXPORT_LOCK])
            assert export_due(now=timezone.now()) is None
            with pytest.raises(CommandError, match="Another process is writing files"):
                call_command("export_bundle", "--out", str(bundle))
            with pytest.raises(CommandError, match="Another process is writing files"):
                call_command("prepare_downloads")
    finally:
        other.close()
    assert export_due(now=timezone.now()) is not None


def test_a_failure_is_told_with_its_reason_and_tried_again(night: PublishedNight, bundle: Path) -> None:
    bundle.write_text("a file where the folder should be")
    failed = export_due(now=timezone.now())
    assert failed is not None and failed.state == Export.State.FAILED
    told = page(night)
    assert "A file cannot be written." in told
    assert str(bundle) in told
    bundle.unlink()
    assert export_due(now=timezone.now()) is None, "not at once"
    again = export_due(now=timezone.now() + AGAIN)
    assert again is not None and again.state == Export.State.DONE


def test_a_run_that_was_killed_is_seen_and_taken_up(night: PublishedNight, bundle: Path) -> None:
    began = timezone.now() - SILENT - timedelta(seconds=1)
    Export.objects.create(snapshot=night.bulletin, mark="x", started_at=began, alive_at=began)
    assert "The writing has stopped" in page(night)
    taken_up = export_due(now=timezone.now())
    assert taken_up is not None and taken_up.state == Export.State.DONE
    assert Export.objects.get(mark="x").failure == "interrupted"


def test_how_far_it_is_can_be_seen_while_it_writes(night: PublishedNight, bundle: Path) -> None:
    now = timezone.now()
    Export.objects.create(
        snapshot=night.bulletin, mark="x", started_at=now, alive_at=now, pages_done=1200, pages_of=38_700
    )
    assert "Pages: 1,200 of 38,700." in page(night)
