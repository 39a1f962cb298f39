"""`load_election` on the command line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from stations.models import Election
from tests.packages import write_package

pytestmark = pytest.mark.django_db


def test_it_says_what_was_loaded_and_that_the_second_time_changed_nothing(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package")
    out = StringIO()
    call_command("load_election", str(package), stdout=out)
    assert "Loaded test-2026" in out.getvalue()
    assert Election.objects.get().package_sha256 in out.getvalue()
    out = StringIO()
    call_command("load_election", str(package), stdout=out)
    assert "nothing has changed" in out.getvalue()


def test_it_prints_every_problem_with_its_place_and_exits_1(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package")
    for file, line in (("stations.csv", "s9,r7,[b]A[/b],B,C,-1\n"), ("ballots.csv", "lst,kz\n")):
        with (package / file).open("a") as table:
            table.write(line)
    out = StringIO()
    with pytest.raises(CommandError, match="3 problems") as refused:
        call_command("load_election", str(package), stdout=out)
    assert refused.value.returncode == 1
    assert out.getvalue().splitlines() == [
        "ballots.csv:4:contest: There is no contest lst.",
        "stations.csv:14:registered_voters: -1 is negative.",
        "stations.csv:14:area: There is no area r7.",
    ]
    assert not Election.objects.exists()
