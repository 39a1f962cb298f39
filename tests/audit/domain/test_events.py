from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from audit.domain.actor import Actor
from audit.domain.events import EntryTooLarge, NewEvent

ALMATY = timezone(timedelta(hours=6))


def new_event(**changes: object) -> NewEvent:
    values: dict[str, object] = {
        "kind": "protocol.accepted",
        "at": datetime(2023, 3, 19, 20, 5, 1, 42, tzinfo=ALMATY),
        "actor": Actor("station_officer", "p-17"),
        "election": "kz-2023",
        "station": "10001",
        "body": {"version": 1},
    }
    return NewEvent(**(values | changes))  # type: ignore[arg-type]


def test_an_entry_says_what_when_who_and_where_and_leaves_empty_subjects_out() -> None:
    assert json.loads(new_event().entry()) == {
        "v": 1,
        "kind": "protocol.accepted",
        "at": "2023-03-19T14:05:01.000042Z",
        "actor": {"role": "station_officer", "pseudonym": "p-17"},
        "election": "kz-2023",
        "station": "10001",
        "body": {"version": 1},
    }


def test_the_same_moment_in_another_zone_makes_the_same_entry() -> None:
    event = new_event()
    assert new_event(at=event.at.astimezone(UTC)).entry() == event.entry()


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        new_event(at=datetime(2023, 3, 19, 20, 5)).entry()


def test_an_entry_beyond_two_length_bytes_is_refused() -> None:
    with pytest.raises(EntryTooLarge):
        new_event(body={"text": "x" * 65_536}).entry()
