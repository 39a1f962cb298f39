from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import metamorphic_log
import pytest
from django.db import transaction

from audit import selectors, services
from audit.domain.actor import SYSTEM
from audit.log_folder import LogFolder
from audit.signer import Signer
from tests.audit.conftest import NIGHT

pytestmark = pytest.mark.django_db(transaction=True)
Record = Callable[[int], list[int]]
MINUTE = timedelta(minutes=1)


def test_before_the_first_there_is_no_checkpoint() -> None:
    assert selectors.latest_checkpoint() is None
    assert selectors.checkpoint_at(NIGHT) is None


def test_the_checkpoint_of_a_moment_is_the_last_signed_by_then(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    for minute in range(3):
        record(10)
        services.seal(now=NIGHT + minute * MINUTE, log_folder=log_folder, signer=signer)

    def size_at(moment: timedelta) -> int | None:
        checkpoint = selectors.checkpoint_at(NIGHT + moment)
        return checkpoint.size if checkpoint else None

    assert [size_at(moment) for moment in (-MINUTE, 0 * MINUTE, MINUTE / 2, MINUTE, 60 * MINUTE)] == [
        None, 10, 10, 20, 30,
    ]  # fmt: skip
    latest = selectors.latest_checkpoint()
    assert latest is not None
    assert latest.size == 30


def test_proofs_from_the_database_convince_an_independent_verifier(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    notes = []
    for count in (1, 299, 5):
        ids = record(count)
        checkpoint = services.seal(now=NIGHT, log_folder=log_folder, signer=signer)
        assert checkpoint is not None
        notes.append((checkpoint.size, checkpoint.note))
    vkeys = [str(signer.verifier_key)]
    index = selectors.index_of(ids[2])
    assert index == 302
    proof = selectors.inclusion_proof(index=index, size=305)
    metamorphic_log.checkpoint_verify_inclusion(notes[2][1], vkeys, index, proof.leaf_hash, list(proof.path))
    for older, newer in ((0, 1), (1, 2), (0, 2)):
        path = selectors.consistency_proof(old_size=notes[older][0], size=notes[newer][0])
        metamorphic_log.checkpoint_verify_consistency(notes[older][1], notes[newer][1], vkeys, path)


def test_a_proof_of_what_is_not_in_the_log_is_not_given(record: Record) -> None:
    (event_id,) = record(1)
    assert selectors.index_of(event_id) is None
    with pytest.raises(ValueError, match="0 entries, not 1"):
        selectors.inclusion_proof(index=0, size=1)


def test_events_are_listed_newest_first_and_every_filter_narrows(log_folder: LogFolder, signer: Signer) -> None:
    with transaction.atomic():
        for minute, (kind, station) in enumerate([("confirmed", "1"), ("withdrawn", "1"), ("confirmed", "2")]):
            services.record_event(
                kind=f"mandates.{kind}", at=NIGHT + minute * MINUTE, actor=SYSTEM, election="kz", contest="list",
                area="ast", station=station, body={"act": 1},
            )  # fmt: skip
    services.seal(now=NIGHT, log_folder=log_folder, signer=signer)

    def stations(**filters: object) -> list[str]:
        return [event.station for event in selectors.events(**filters)]  # type: ignore[arg-type]

    assert [event.log_index.index for event in selectors.events()] == [2, 1, 0]
    assert stations() == ["2", "1", "1"]
    assert stations(kind="mandates.confirmed") == ["2", "1"]
    assert stations(station="1") == ["1", "1"]
    assert stations(station="1", kind="mandates.confirmed", election="kz", contest="list", area="ast") == ["1"]
    assert stations(election="other") == []
    assert stations(since=NIGHT + MINUTE) == ["2", "1"]
    assert stations(until=NIGHT + MINUTE) == ["1"]


def test_unsealed_events_are_listed_too(record: Record) -> None:
    record(2)
    assert selectors.events().count() == 2
    assert [event.pk for event in selectors.events()] == sorted((e.pk for e in selectors.events()), reverse=True)


def test_the_oldest_unsealed_event_tells_how_far_sealing_is_behind(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    assert selectors.oldest_unsealed_at() is None
    record(2)
    assert selectors.oldest_unsealed_at() == NIGHT
    services.seal(now=NIGHT, log_folder=log_folder, signer=signer)
    assert selectors.oldest_unsealed_at() is None


def test_the_log_is_public_when_every_known_election_is() -> None:
    assert not selectors.log_is_public(NIGHT)
    services.set_disclosure(election="kz-2023", figures_public_from=NIGHT)
    assert not selectors.log_is_public(NIGHT - MINUTE)
    assert selectors.log_is_public(NIGHT)
    services.set_disclosure(election="kz-2024", figures_public_from=NIGHT + MINUTE)
    assert not selectors.log_is_public(NIGHT)
    services.set_disclosure(election="kz-2024", figures_public_from=NIGHT)
    assert selectors.log_is_public(NIGHT)
