"""What is kept is bounded, and never older than it may be."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.public.kept_pages import LONGEST_SECONDS, KeptPages


def test_pages_used_longest_ago_go_first() -> None:
    kept = KeptPages(most_bytes=10)
    kept.keep("a", b"12345")
    kept.keep("b", b"12345")
    assert kept.get("a") is not None
    kept.keep("c", b"12345")
    assert kept.get("b") is None
    assert kept.get("a") is not None


def test_a_page_is_made_anew_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptPages()
    kept.keep("a", b"old")
    later = time.monotonic() + LONGEST_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert kept.get("a") is None


def test_equal_pages_have_equal_tags_and_others_do_not() -> None:
    kept = KeptPages()
    assert kept.keep("a", b"x").etag == kept.keep("b", b"x").etag != kept.keep("c", b"y").etag


@given(st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=40)), max_size=40))
def test_never_more_bytes_are_kept_than_allowed(pages: list[tuple[int, bytes]]) -> None:
    kept = KeptPages(most_bytes=100)
    for key, body in pages:
        kept.keep(key, body)
        held = [page.body for number in range(6) if (page := kept.get(number))]
        assert sum(map(len, held)) <= 100
        assert held
