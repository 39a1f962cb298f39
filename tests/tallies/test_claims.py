"""One entry is keyed by one person at a time; a claim lapses, and a commission above can end it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connections

from audit.models import Event
from tallies.domain.claims import LAPSES_AFTER
from tallies.models import Claim, EndedClaim, Entry, ProtocolVersion
from tallies.selectors.claims import claims_held
from tallies.services.claims import (
    ClaimedByAnother,
    ClaimEnded,
    NothingToTakeOver,
    claim_entry,
    hear_of_ended_claim,
    release_claim,
    take_over_claim,
)
from tests import scene

pytestmark = pytest.mark.django_db
LATER = scene.NOW + timedelta(minutes=5)
LAPSED = scene.NOW + LAPSES_AFTER


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> None:
    scene.load(tmp_path / "package")


def claim(name: str, *, slot: str = "only", now: object = scene.NOW) -> None:
    claim_entry(owed=scene.owed(), slot=slot, by=scene.person(name), now=now)  # type: ignore[arg-type]


def test_while_one_person_keys_an_entry_another_is_told_who_and_until_when() -> None:
    claim("aigul")
    with pytest.raises(ClaimedByAnother) as refused:
        claim("berik", now=LATER)
    assert "aigul" in str(refused.value.message)
    assert refused.value.claim.lapses_at == LAPSED


def test_a_sign_of_life_keeps_a_claim_and_its_beginning() -> None:
    claim("aigul")
    claim("aigul", now=LATER)
    (held,) = claims_held(scene.owed(), now=LATER)
    assert (held.since, held.lapses_at) == (scene.NOW, LATER + LAPSES_AFTER)


def test_a_claim_without_a_sign_of_life_lapses() -> None:
    claim("aigul")
    claim("berik", now=LAPSED)
    assert [held.name for held in claims_held(scene.owed(), now=LAPSED)] == ["berik"]


def test_two_entries_under_double_entry_are_claimed_apart() -> None:
    claim("aigul", slot="officer")
    claim("berik", slot="chair")
    assert len(claims_held(scene.owed(), now=LATER)) == 2


def test_a_person_gives_up_their_own_claim_and_nobody_elses() -> None:
    claim("aigul")
    release_claim(owed=scene.owed(), slot="only", by=scene.person("berik"))
    assert Claim.objects.exists()
    release_claim(owed=scene.owed(), slot="only", by=scene.person("aigul"))
    assert not Claim.objects.exists()


def test_the_commission_above_frees_an_entry_and_the_log_says_so_without_a_name() -> None:
    claim("aigul", slot="chair")
    district = scene.person("district")
    take_over_claim(owed=scene.owed(), slot="chair", by=district, role="district", now=LATER)
    entry = json.loads(bytes(Event.objects.get(kind="claim.taken_over").entry))
    assert entry["body"] == {"slot": "chair", "pseudonym": str(scene.person("aigul").pseudonym)}
    assert "aigul" not in json.dumps(entry)
    claim("berik", slot="chair", now=LATER)
    with pytest.raises(NothingToTakeOver):
        take_over_claim(owed=scene.owed(), slot="officer", by=district, role="district", now=LATER)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_the_form_at_once_one_gets_it() -> None:
    scene.person("aigul"), scene.person("berik")
    begin = Barrier(2)

    def press(name: str) -> bool:
        try:
            begin.wait()
            claim(name)
        except ClaimedByAnother:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(press, ("aigul", "berik"))) == [False, True]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_again", range(6))
def test_a_claim_that_is_ended_while_its_entry_is_sent_either_sends_it_or_refuses_it(_again: int) -> None:
    claim("aigul")
    district = scene.person("district")
    begin = Barrier(2)

    def at_once(act: Callable[[], object]) -> bool:
        try:
            begin.wait()
            act()
        except (ClaimEnded, NothingToTakeOver):
            return False
        else:
            return True
        finally:
            connections.close_all()

    def send() -> None:
        claim("aigul", now=LATER)
        scene.submit(by=scene.person("aigul"), slot="only")

    def take_over() -> None:
        take_over_claim(owed=scene.owed(), slot="only", by=district, role="district", now=LATER)

    with ThreadPoolExecutor(2) as people:
        arrived, ended = people.map(at_once, (send, take_over))
    assert arrived != ended
    assert ProtocolVersion.objects.count() == Entry.objects.count() == int(arrived)
    assert EndedClaim.objects.count() == int(ended)
    hear_of_ended_claim(owed=scene.owed(), slot="only", by=scene.person("aigul"))
    assert not Claim.objects.exists()


def test_a_second_press_of_a_claimed_entry_gets_the_first_ones_answer() -> None:
    claim("aigul")
    first = scene.submit(by=scene.person("aigul"), slot="only", key="one press")
    again = scene.submit(by=scene.person("aigul"), slot="only", key="one press")
    assert (again.version_id, again.repeated) == (first.version_id, True)
