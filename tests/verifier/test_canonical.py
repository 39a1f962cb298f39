"""The check of canonical bytes agrees with RFC 8785 as others wrote it, on everything the log may hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from verifier.hattama_verify import NotCanonical, canonical, commitment, read_canonical

WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.dictionaries(
    TEXT,
    st.recursive(
        st.none() | st.booleans() | WHOLE | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)


@given(VALUES)
def test_canonical_bytes_are_read_back(value: dict[str, Any]) -> None:
    assert read_canonical(rfc8785.dumps(value)) == value


@given(VALUES)
def test_bytes_in_any_other_form_are_refused(value: dict[str, Any]) -> None:
    for other in (json.dumps(value, indent=1), json.dumps(value) + " ", json.dumps(dict(reversed(value.items())))):
        if other.encode() != rfc8785.dumps(value):
            with pytest.raises(NotCanonical):
                read_canonical(other.encode())


@pytest.mark.parametrize(
    "entry",
    [
        b'{"a":1.0}', b'{"a":[0.5]}', b'{"a":{"b":1e3}}', b'{"a":1,"a":1}', b'{"b":1,"a":1}',
        b'{"a":9007199254740992}', b"", b"{", b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"a":"\\u0061"}', b"\xff",
        '{"\uffff":1,"\U00010000":1}'.encode(),
    ],
)  # fmt: skip
def test_what_has_no_canonical_form_or_another_is_refused(entry: bytes) -> None:
    with pytest.raises(NotCanonical):
        read_canonical(entry)


@given(st.dictionaries(st.from_regex(r"[a-z_:]{1,9}", fullmatch=True), st.integers(0, 2**31 - 1)))
def test_figures_are_written_as_rfc_8785_writes_them(figures: dict[str, int]) -> None:
    assert canonical(figures) == rfc8785.dumps(figures)


def test_a_commitment_is_the_hash_of_salt_and_figures() -> None:
    # Computed with `printf 'salt{"a":1}' | sha256sum`.
    assert commitment(b"salt", b'{"a":1}') == "38df60ba354b2e5e7df624bb10feb2b4b8b465ef6523fd28e321b537cba57566"
