"""What is kept is bounded, and never older than it may be."""

from __future__ import annotations

import gzip
import time
from typing import cast

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from results.public.kept_pages import LONGEST_SECONDS, KeptPages, answer


def test_pages_used_longest_ago_go_first() -> None:
    kept = KeptPages(most_bytes=10)  # so few bytes are kept as they are: compressed they would be more
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


def test_what_is_kept_is_compressed_once_for_all_who_read_it_so() -> None:
    asked = RequestFactory().get("/", headers={"Accept-Encoding": "br, gzip"})
    made: list[bytes] = []

    def make() -> bytes:
        made.append(b"figures " * 500)
        return made[-1]

    answers = [cast(HttpResponse, answer(asked, "compressed once", make, seconds=5)) for _ in range(2)]
    plain = cast(HttpResponse, answer(RequestFactory().get("/"), "compressed once", make, seconds=5))
    assert len(made) == 1
    assert [each["Content-Encoding"] for each in answers] == ["gzip", "gzip"]
    assert gzip.decompress(answers[0].content) == plain.content == made[0]
    assert "Content-Encoding" not in plain
    assert {each["Vary"] for each in (*answers, plain)} == {"Accept-Encoding"}
    assert plain["ETag"] == answers[0]["ETag"]


@pytest.mark.parametrize("accepts", ["", "gzip;q=0", "gzip; q=0.0", "identity", "x-gzip"])
def test_who_does_not_read_gzip_gets_the_page_as_it_is(accepts: str) -> None:
    asked = RequestFactory().get("/", headers={"Accept-Encoding": accepts})
    assert "Content-Encoding" not in answer(asked, f"plain {accepts}", lambda: b"x" * 1000, seconds=5)


def test_an_unchanged_page_costs_headers_alone() -> None:
    asked = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    tag = answer(asked, "unchanged", lambda: b"y" * 1000, seconds=5)["ETag"]
    asked = RequestFactory().get("/", headers={"If-None-Match": tag})
    again = cast(HttpResponse, answer(asked, "unchanged", lambda: b"", seconds=5))
    assert (again.status_code, again.content) == (304, b"")
