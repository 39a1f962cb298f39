"""Observers are accredited from a file: who sent them, for which part of the country, until when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from django.utils import timezone

from accounts.domain.roles import Permission
from accounts.models import Appointment, User
from accounts.roster import RosterRefused, read_roster
from accounts.selectors import appointment_for
from accounts.services import enrol_officers
from audit.domain.actor import SYSTEM
from audit.models import Event
from tests import scene

pytestmark = pytest.mark.django_db(transaction=True)

HEADING = "username,role,name,area,organisation,ends\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    scene.load(tmp_path / "package")
    return tmp_path / "observers.csv"


def test_an_organisations_observers_see_their_region_until_their_term_ends(file: Path) -> None:
    file.write_text(HEADING + "aigerim,observer,Aigerim,r1,Erkindik Qanaty,2099-12-31\nnurlan,observer,Nurlan,,MISK,\n")
    report = enrol_officers(rows=read_roster(file), by=SYSTEM, now=timezone.now())
    assert (report.created, report.appointed, len(report.links)) == (2, 2, 2)
    aigerim = User.objects.get(username="aigerim")
    made = Appointment.objects.select_related("area").get(user=aigerim)
    assert (made.organisation, made.area and made.area.code) == ("Erkindik Qanaty", "r1")
    # The last day is meant whole, on the election's clock (Almaty, five hours ahead).
    assert made.ends_at == datetime(2099, 12, 31, 19, tzinfo=UTC)
    for moment, may in ((timezone.now(), True), (datetime(2099, 12, 31, 19, 1, tzinfo=UTC), False)):
        found = appointment_for(aigerim, Permission.OBSERVE, area_id=made.area_id, now=moment)
        assert (found is not None) is may
    body = orjson.loads(bytes(Event.objects.filter(kind="appointment.made").latest("pk").entry))["body"]
    assert body["organisation"] == "MISK" and "nurlan" not in str(body)


def test_a_file_with_anything_wrong_accredits_nobody(file: Path) -> None:
    file.write_text(
        HEADING
        + "a,observer,,r1,MISK,yesterday\nb,district,,r1-d1,MISK,\nc,observer,,r1,MISK,2020-01-01\nd,observer,,r1,,\n"
    )
    with pytest.raises(RosterRefused) as refused:
        enrol_officers(rows=read_roster(file), by=SYSTEM, now=timezone.now())
    assert [(problem.line, problem.column) for problem in refused.value.problems] == [
        (2, "ends"), (3, "organisation"), (4, "ends"),
    ]  # fmt: skip
    assert not User.objects.filter(username__in="abcd").exists()
