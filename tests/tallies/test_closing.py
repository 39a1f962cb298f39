"""No protocol is taken before its station closes, by its own clock, unless the election allows it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.domain.actor import SYSTEM
from stations.models import Contest
from tallies.models import Entry
from tallies.selectors import closing_times
from tallies.services.import_protocols import import_protocols
from tallies.services.submit import NotClosedYet
from tests import scene
from tests.packages import valid_figures, write_table

pytestmark = pytest.mark.django_db
# The small country lives five hours ahead: 18:00 UTC is 23:00 there.
BEFORE, AFTER = "23:30", "22:30"


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> None:
    scene.load(tmp_path / "package")


def test_before_the_station_closes_nothing_is_taken_and_the_refusal_names_the_time() -> None:
    scene.close_stations(BEFORE)
    with pytest.raises(NotClosedYet) as refused:
        scene.submit()
    assert "23:30" in str(refused.value.message)
    assert refused.value.fields == {"closes_at": datetime(2026, 3, 19, 18, 30, tzinfo=UTC).isoformat()}
    assert not Entry.objects.exists()


def test_a_station_that_opens_in_the_evening_closes_on_the_next_day() -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_station SET opens = '20:00', closes = '02:00'")
    with pytest.raises(NotClosedYet):
        scene.submit()
    later = scene.owed().closes_at
    assert later == datetime(2026, 3, 19, 21, 0, tzinfo=UTC), "two in the morning of the day after the election's"
    still_open = closing_times(Contest.objects.get(code="list"), after=scene.NOW)
    assert {closes_at for closes_at, _zone in still_open.values()} == {later}


def test_from_that_moment_on_it_is() -> None:
    scene.close_stations(AFTER)
    assert scene.submit().number == 1


def test_a_station_without_a_closing_time_is_not_held_to_one() -> None:
    assert scene.submit().number == 1


def test_an_election_may_take_protocols_before() -> None:
    scene.close_stations(BEFORE)
    scene.allow_before_close()
    assert scene.submit().number == 1


def test_an_import_obeys_as_the_form_does(tmp_path: Path) -> None:
    scene.close_stations(BEFORE)
    figures = valid_figures()
    path = tmp_path / "protocols.csv"
    write_table(path, ("station", *figures), [("r1-d1-s1", *figures.values())])
    report = import_protocols(
        path=path, contest=Contest.objects.get(code="list"), reason="late line", actor=SYSTEM, now=scene.NOW
    )
    assert report.accepted == 0
    assert "23:30" in report.refused[0].sentence
