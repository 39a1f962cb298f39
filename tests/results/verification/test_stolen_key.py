"""A thief with the database, the log's folder and its key: what fits together only memory can contradict."""

from __future__ import annotations

import json

import pytest

from audit.domain.canonical import canonical_bytes
from audit.domain.merkle import leaf_hash
from tests.results.verification.conftest import Night
from tests.results.verification.test_tampering import VERSION
from tests.verifier.forging import Forger
from verifier.hattama_verify import Folder, LogKey, Old, verify

pytestmark = pytest.mark.django_db(transaction=True)

STATION = "r2-d2-s1"
"""Accepted after the bulletin: nothing published tells of it yet."""


def test_a_vote_moved_everywhere_at_once_is_found_by_a_kept_checkpoint_alone(night: Night, whole_night: Night) -> None:
    kept = (night.log_dir / "checkpoint").read_text()
    forger = Forger(night.log_dir, whole_night.log_dir.parent / "key/key")
    event = forger.find("protocol.accepted", STATION)
    index = forger.events.index(event)
    event["body"]["figures"]["votes:a"] += 1
    event["body"]["figures"]["votes:b"] -= 1
    forger.publish()
    note = (night.log_dir / "checkpoint").read_text()
    _forge_rows(night, index, canonical_bytes(event), note)

    assert night.verify().ok
    # Packages are published beside the log by the web process; here the log alone is at hand.
    key = LogKey.of((night.log_dir / "vkey").read_text())
    reports = {name: verify(Folder(night.log_dir), key, old=old).report for name, old in _memories(kept).items()}
    found = {name: {each.key for each in report.results if each.status == "fails"} for name, report in reports.items()}
    assert found["witness"] - found["nobody"] == {"rewritten"}


def test_a_log_rolled_back_with_its_database_is_found_by_a_kept_checkpoint_alone(
    night: Night, whole_night: Night
) -> None:
    kept = (night.log_dir / "checkpoint").read_text()
    forger = Forger(night.log_dir, whole_night.log_dir.parent / "key/key")
    del forger.events[-1]
    forger.publish()
    key = LogKey.of((night.log_dir / "vkey").read_text())
    found = {
        name: {
            each.key for each in verify(Folder(night.log_dir), key, old=old).report.results if each.status == "fails"
        }
        for name, old in _memories(kept).items()
    }
    assert found["witness"] - found["nobody"] == {"shorter"}
    # The database was not rolled back with it: `verify` says so too.
    assert not night.verify().ok


def _memories(kept: str) -> dict[str, list[Old]]:
    return {"nobody": [], "witness": [Old("kept", kept)]}


def _forge_rows(night: Night, index: int, entry: bytes, note: str) -> None:
    version = VERSION.format(STATION, json.loads(entry)["body"]["version"], "list")
    moved = "figures[11] = figures[11] + 1, figures[12] = figures[12] - 1"
    size, root = note.split("\n")[1:3]
    night.tamper(
        f"UPDATE tallies_entry SET {moved} WHERE id IN "
        f"(SELECT first_entry_id FROM tallies_protocolversion WHERE id = {version})",
        f"UPDATE tallies_protocolversion SET {moved} WHERE id = {version}",
        f"UPDATE aggregation_tally SET {moved} "
        "WHERE contest_id = (SELECT id FROM stations_contest WHERE code = 'list') "
        "AND area_id IN (SELECT id FROM stations_area WHERE code IN ('r2-d2', 'r2', 'kz'))",
        f"UPDATE audit_event SET entry = '\\x{entry.hex()}' "
        f"WHERE id = (SELECT event_id FROM audit_logindex WHERE index = {index})",
        f"UPDATE audit_logindex SET leaf_hash = '\\x{leaf_hash(entry).hex()}' WHERE index = {index}",
        f"UPDATE audit_checkpoint SET note = '{note}', root = decode('{root}', 'base64') WHERE size = {size}",
    )
