"""Another process looks at the form of a long log's entries, and nothing that is found depends on it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

import verifier.hattama_verify as verifier
from audit.domain.canonical import canonical_bytes
from audit.domain.tiles import bundle
from verifier.hattama_verify import Form, LogReading, Report, form_of, forms_of, leaf_of

MANY = 60
"""Bundles: more than are looked at before another process is asked."""


def event(number: int) -> dict[str, Any]:
    actor = {"pseudonym": "somebody", "role": "officer"}
    return {
        "actor": actor,
        "at": f"2023-03-19T20:{number % 60:02}:00Z",
        "body": {"number": number},
        "kind": "k",
        "v": 1,
    }


def bundles() -> Iterator[bytes]:
    """Bundles of four entries. In every tenth one is no event, one not canonical; one of all is cut off."""
    for number in range(MANY):
        entries = [canonical_bytes(event(4 * number + place)) for place in range(4)]
        if number % 10 == 0:
            entries[1] = canonical_bytes({"kind": "no event"})
            entries[2] = json.dumps(event(0)).encode()
        yield bundle(entries)[: -1 if number == MANY // 2 else None]


def without_events(forms: Iterator[tuple[bytes, Form]]) -> list[tuple[bytes, Form]]:
    return [(content, form._replace(events=None)) for content, form in forms]


@pytest.fixture
def expected() -> list[tuple[bytes, Form]]:
    return without_events((content, form_of(content)) for content in bundles())


def test_a_form_is_the_leaves_of_the_entries_and_what_is_wrong_with_them() -> None:
    content = next(bundles())
    form = form_of(content)
    entries = verifier.entries_of(content)
    assert form.leaves == b"".join(map(leaf_of, entries))
    assert form.events == [event(0), event(3)]
    assert form.wrong == {1: '{"kind":"no event"}', 2: "another form of the same value"}


def test_a_short_log_asks_no_other_process() -> None:
    for _ in forms_of(islice(bundles(), 16)):
        assert not multiprocessing.active_children()


def test_another_process_finds_the_same_and_is_gone_afterwards(expected: list[tuple[bytes, Form]]) -> None:
    before = multiprocessing.active_children()
    found = list(forms_of(bundles()))
    assert without_events(iter(found)) == expected
    looked_at_beside = [form.events is None for _, form in found]
    assert looked_at_beside.count(True) > MANY // 4 and not any(looked_at_beside[:16])
    assert multiprocessing.active_children() == before


def test_another_process_that_is_killed_changes_nothing(expected: list[tuple[bytes, Form]]) -> None:
    forms = forms_of(bundles())
    found = list(islice(forms, 20))
    (other,) = multiprocessing.active_children()
    os.kill(other.pid or 0, signal.SIGKILL)
    found += forms
    assert without_events(iter(found)) == expected


def test_without_another_process_everything_is_looked_at_here(
    expected: list[tuple[bytes, Form]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError("no semaphores here")

    monkeypatch.setattr(verifier, "ProcessPoolExecutor", none)
    found = list(forms_of(bundles()))
    assert without_events(iter(found)) == expected
    assert all(form.events is not None for _, form in found)


def test_who_stops_reading_leaves_no_process_behind() -> None:
    forms = forms_of(bundles())
    next(islice(forms, 20, None))
    assert multiprocessing.active_children()
    forms.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_a_reading_does_not_depend_on_who_looked(expected: list[tuple[bytes, Form]]) -> None:
    here, beside = (LogReading(Report()), LogReading(Report()))
    for content in bundles():
        here.take(content, form_of(content))
    for content, form in expected:
        beside.take(content, form)
    assert (here.size, here.leaves, here.unknown) == (beside.size, beside.leaves, beside.unknown)
    assert here.unknown["k"] == 4 * (MANY - 1) - 2 * len(range(0, MANY, 10)) + 2
    assert [each.values for each in here._report.results] == [each.values for each in beside._report.results]
    assert here._report.failures == 2 * (len(range(0, MANY, 10)) - 1)


def test_an_entry_too_deep_for_who_reads_it_is_a_finding_and_no_crash() -> None:
    deep: Any = {"number": 1}
    for _ in range(600):
        deep = {"d": deep}
    content = bundle([canonical_bytes(event(0)), verifier.canonical({**event(1), "body": deep})])
    seen_beside = form_of(content)._replace(events=None)
    assert not seen_beside.wrong
    reading = LogReading(Report())

    def take_deep_down(frames: int) -> None:
        if frames:
            take_deep_down(frames - 1)
        else:
            reading.take(content, seen_beside)

    take_deep_down(500)
    assert (reading.size, reading.unknown["k"], reading._report.failures) == (2, 1, 1)
