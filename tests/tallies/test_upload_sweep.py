"""What began to come and never arrived is forgotten after a day, and nothing else is."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tallies.models import Upload
from tallies.photographs.store import part, parts_folder
from tallies.services.uploads import begin_upload, continue_upload, sweep_uploads
from tests import scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path, uploads: Path) -> None:
    scene.load(tmp_path / "package")


def begun(owner: str = "officer") -> Upload:
    upload = begin_upload(owed=scene.owed(), length=100, by=scene.person(owner), now=timezone.now())
    return continue_upload(upload=upload, offset=0, content=b"half", now=timezone.now())


def test_an_upload_of_yesterday_goes_with_its_file_and_one_of_today_stays() -> None:
    old, fresh = begun(), begun()
    Upload.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sweep_uploads(now=timezone.now()) == 1
    assert list(Upload.objects.values_list("pk", flat=True)) == [fresh.pk]
    assert not part(old.pk).exists()
    assert part(fresh.pk).read_bytes() == b"half"


def test_however_many_there_are_they_all_go() -> None:
    for number in range(21):
        for _ in range(10):
            begin_upload(owed=scene.owed(), length=100, by=scene.person(f"officer{number}"), now=timezone.now())
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sweep_uploads(now=timezone.now()) == 210
    assert not Upload.objects.exists()


def test_a_file_that_a_killed_process_left_goes_when_it_is_a_day_old() -> None:
    left, being_looked_at = (parts_folder() / name for name in ("tmp-left", "tmp-now"))
    for file in (left, being_looked_at):
        file.write_bytes(b"a photograph")
    yesterday = (timezone.now() - timedelta(hours=25)).timestamp()
    os.utime(left, (yesterday, yesterday))
    assert sweep_uploads(now=timezone.now()) == 1
    assert being_looked_at.exists()
