"""The district helps: it decides between two entries, and keys for a station without a line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from audit.models import Event
from tallies.domain.lifecycle import State
from tallies.models import OpenEntry, ProtocolVersion
from tallies.selectors import open_entry_seen
from tallies.services import choose_entry, submit_protocol
from tallies.services.locking import NothingToDecide, ReasonMissing, VersionChanged
from tallies.services.submit import Submission, Submitted
from tests import scene
from tests.packages import valid_figures

pytestmark = pytest.mark.django_db
TRUE = valid_figures()
MISTYPED = valid_figures({"a": 230, "b": 130, "c": 60, "against_all": 20})


def load(folder: Path, entry: str) -> None:
    scene.load(folder / "package", entry=entry)


def choose(entry_id: int, reason: str = "compared with the photograph") -> Submitted:
    return choose_entry(
        owed=scene.owed(), entry_id=entry_id, reason=reason, by=scene.person("district"), role="district",
        now=scene.NOW,
    )  # fmt: skip


def on_behalf(name: str, figures: dict[str, int] = TRUE) -> Submitted:
    submission = Submission(
        owed=scene.owed(), figures=figures, explanations={}, paper_says_so="", idempotency_key=None,
        body_sha256=hashlib.sha256(name.encode()).hexdigest(), on_behalf=True,
    )  # fmt: skip
    return submit_protocol(submission=submission, by=scene.person(name), role="district", now=scene.NOW)


def test_the_district_puts_one_of_two_differing_entries_in_force(tmp_path: Path) -> None:
    load(tmp_path, "double")
    scene.submit(by=scene.person("secretary"))
    scene.submit(figures=MISTYPED, by=scene.person("chair"))
    seen = open_entry_seen(scene.owed())
    assert seen is not None and seen.state is State.DIFFERS
    chosen = choose(seen.entries[0].pk)
    version = ProtocolVersion.objects.get()
    assert (chosen.state, version.origin, version.figures[10]) == (State.IN_FORCE, "chosen", 240)
    assert version.second_entry_id == seen.entries[1].pk
    assert not OpenEntry.objects.exists()


def test_the_log_says_that_the_commission_chose_and_not_what_the_other_entry_said(tmp_path: Path) -> None:
    load(tmp_path, "double")
    scene.submit(by=scene.person("secretary"))
    scene.submit(figures=MISTYPED, by=scene.person("chair"))
    seen = open_entry_seen(scene.owed())
    assert seen is not None
    choose(seen.entries[0].pk)
    bodies = [json.loads(bytes(event.entry))["body"] for event in Event.objects.filter(contest="list").order_by("id")]
    assert [body.get("origin") for body in bodies] == [None, None, "chosen"]
    assert "230" not in json.dumps([body.get("figures") for body in bodies])


def test_there_is_nothing_to_choose_before_two_entries_differ(tmp_path: Path) -> None:
    load(tmp_path, "double")
    with pytest.raises(NothingToDecide):
        choose(1)
    scene.submit(by=scene.person("secretary"))
    with pytest.raises(NothingToDecide):
        choose(1)


def test_a_choice_needs_its_reason_and_an_entry_that_is_still_the_latest(tmp_path: Path) -> None:
    load(tmp_path, "double")
    scene.submit(by=scene.person("secretary"))
    scene.submit(figures=MISTYPED, by=scene.person("chair"))
    seen = open_entry_seen(scene.owed())
    assert seen is not None
    with pytest.raises(ReasonMissing):
        choose(seen.entries[1].pk, reason=" ")
    scene.submit(figures=valid_figures({"a": 231, "b": 129, "c": 60, "against_all": 20}), by=scene.person("chair"))
    with pytest.raises(VersionChanged):
        choose(seen.entries[1].pk)
    assert not ProtocolVersion.objects.exists()


@pytest.mark.parametrize("entry", ["single", "double"])
def test_what_is_keyed_on_behalf_needs_two_people_in_every_contest(tmp_path: Path, entry: str) -> None:
    load(tmp_path, entry)
    assert on_behalf("district").state is State.FIRST_ENTRY
    assert on_behalf("district").state is State.FIRST_ENTRY
    assert on_behalf("district-2").state is State.IN_FORCE
    version = ProtocolVersion.objects.get()
    assert version.origin == "on_behalf"
    assert version.second_entry is not None and version.second_entry.role == "district"


def test_the_station_itself_may_be_one_of_the_two(tmp_path: Path) -> None:
    load(tmp_path, "double")
    scene.submit(by=scene.person("secretary"))
    assert on_behalf("district").state is State.IN_FORCE
    assert ProtocolVersion.objects.get().origin == "on_behalf"


def test_a_station_whose_line_is_back_is_not_stopped_by_what_was_begun_for_it(tmp_path: Path) -> None:
    load(tmp_path, "single")
    on_behalf("district", MISTYPED)
    assert scene.submit().state is State.IN_FORCE
    assert ProtocolVersion.objects.get().origin == "entry"
    assert not OpenEntry.objects.exists(), "what the district began is over"
