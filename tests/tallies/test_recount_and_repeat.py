"""After a protocol is in force: a recount that was ordered, an annulment, and a repeat voting."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregation.services import settle
from audit.models import Event
from tallies.domain.lifecycle import State
from tallies.models import ProtocolVersion, RepeatVoting, Standing
from tallies.services import order_repeat_voting, record_recount
from tallies.services.locking import NothingToDecide, ReasonMissing, VersionChanged
from tallies.services.recount import ActInFuture, ActMissing, OrderedBy, RecountOrder
from tallies.services.repeat import DateIsPast
from tallies.services.submit import AlreadyStands, NotClosedYet
from tests import scene
from tests.packages import valid_figures

pytestmark = pytest.mark.django_db
FOUND = valid_figures({"a": 230, "b": 130, "c": 60, "against_all": 20})


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> None:
    scene.load(tmp_path / "package")
    settle()


def recount(**changed: Any) -> None:
    given = {
        "owed": scene.owed(),
        "version_id": Standing.objects.get().version_id,
        "order": RecountOrder(OrderedBy.COURT, "14/2-1", scene.NOW.date()),
        "figures": FOUND,
        "explanations": {},
        "reason": "a complaint was upheld",
        "by": scene.person("region"),
        "role": "region",
        "now": scene.NOW,
    }
    record_recount(**{**given, **changed})


def test_an_act_of_tomorrow_orders_nothing_today() -> None:
    scene.submit()
    tomorrow = RecountOrder(OrderedBy.COURT, "14/2-1", scene.NOW.date() + timedelta(days=1))
    with pytest.raises(ActInFuture):
        recount(order=tomorrow)
    assert ProtocolVersion.objects.count() == 1


def repeat(**changed: Any) -> None:
    given = {
        "owed": scene.owed(),
        "version_id": Standing.objects.get().version_id,
        "date": scene.NOW.date() + timedelta(days=14),
        "ground": "Article 44",
        "by": scene.person("cec"),
        "role": "cec",
        "now": scene.NOW,
    }
    order_repeat_voting(**{**given, **changed})


def last_event() -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(bytes(Event.objects.order_by("-pk")[0].entry))
    return entry


def test_a_recount_replaces_the_version_in_force_and_says_on_whose_order() -> None:
    scene.submit()
    recount()
    first, second = ProtocolVersion.objects.order_by("number")
    assert (second.origin, second.replaces_id) == ("recount", first.pk)
    event = last_event()
    assert event["kind"] == "protocol.recounted"
    assert (event["body"]["ordered_by"], event["body"]["act_dated"]) == ("court", scene.NOW.date().isoformat())
    assert event["body"]["figures"]["votes:b"] == 130
    assert "14/2-1" not in json.dumps(event), "the act's number is free text: the log has its salted hash"
    settle()
    scene.assert_every_tally_is_the_plain_sum()


def test_a_recount_that_finds_the_same_confirms_it_as_a_version_of_its_own() -> None:
    scene.submit()
    recount(figures=valid_figures())
    assert [version.number for version in ProtocolVersion.objects.order_by("number")] == [1, 2]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"reason": " "}, ReasonMissing),
        ({"order": RecountOrder(OrderedBy.COMMISSION, " ", scene.NOW.date())}, ActMissing),
        ({"version_id": 0}, VersionChanged),
    ],
)
def test_a_recount_without_order_reason_or_the_version_seen_changes_nothing(
    changed: dict[str, Any], refusal: type[Exception]
) -> None:
    scene.submit()
    with pytest.raises(refusal):
        recount(**changed)
    assert ProtocolVersion.objects.count() == 1


def test_what_is_not_in_force_cannot_be_recounted() -> None:
    scene.hold()
    with pytest.raises(NothingToDecide):
        recount()


def test_a_repeat_voting_makes_an_annulled_protocol_awaited_again() -> None:
    scene.submit()
    scene.decide("annul")
    settle()
    assert scene.plain_sum("list", "kz")[1][3] == 1
    repeat()
    settle()
    assert scene.plain_sum("list", "kz")[1][1:] == (0, 0, 0), "expected and missing, no longer annulled"
    scene.assert_every_tally_is_the_plain_sum()
    assert last_event()["body"]["date"] == RepeatVoting.objects.get().date.isoformat()


def test_the_protocol_of_the_repeat_voting_is_the_next_version() -> None:
    scene.submit()
    scene.decide("annul")
    repeat(date=scene.NOW.date())
    assert scene.submit(figures=FOUND).state is State.IN_FORCE
    assert [version.figures[10] for version in ProtocolVersion.objects.order_by("number")] == [240, 230]


def test_only_an_annulled_result_is_voted_on_again_and_never_in_the_past() -> None:
    scene.submit()
    with pytest.raises(NothingToDecide):
        repeat()
    scene.decide("annul")
    with pytest.raises(AlreadyStands):
        scene.submit(figures=FOUND)
    with pytest.raises(DateIsPast):
        repeat(date=scene.NOW.date() - timedelta(days=1))
    assert Standing.objects.get().state == State.ANNULLED


def test_the_station_closes_on_the_day_of_the_repeat_voting(tmp_path: Path) -> None:
    scene.submit()
    scene.decide("annul")
    scene.close_stations("20:00")
    repeat()
    with pytest.raises(NotClosedYet):
        scene.submit(figures=FOUND)
