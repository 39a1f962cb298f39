from __future__ import annotations

import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.domain.canonical import NotCanonical, canonical_bytes

INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
TEXTS = st.text()
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=30,
)


@given(VALUES)
def test_canonical_bytes_are_those_of_rfc_8785(value: object) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(st.dictionaries(st.text(st.characters(codec="ascii")), INTEGERS | st.text(st.characters(codec="utf-8"))))
def test_plain_objects_too_have_the_bytes_of_rfc_8785(value: dict[str, int | str]) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical_bytes({"b": 1, "a": {"d": 2, "c": 3}}) == b'{"a":{"c":3,"d":2},"b":1}'


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), math.nan, math.inf, "\ud800", {"\udfff": 1}, {1: "one"}, {"bytes": b""}, {"set": {1}}, object()],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes({"deep": [value]})


def test_a_bottomless_value_is_refused() -> None:
    bottomless: list[object] = []
    bottomless.append(bottomless)
    with pytest.raises(NotCanonical):
        canonical_bytes(bottomless)
