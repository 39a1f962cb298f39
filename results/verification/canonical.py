"""Canonical JSON (RFC 8785) as the log uses it, checked and written with orjson.

orjson with sorted keys writes the same bytes as RFC 8785 except in two places. It sorts keys by code points instead
of UTF-16 code units, which differ beyond U+FFFF; and it writes fractions in its own way. So a key beyond ASCII is
held against the order of UTF-16 here, and a fraction is never taken for canonical: the log has whole numbers only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

import orjson

_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER  # Integers beyond 2^53 − 1 are refused, as RFC 8785 does.


class NotCanonical(ValueError):
    """The bytes are not the one canonical form of what they say."""


def read_canonical(entry: bytes) -> Any:
    """Return the value of canonical bytes, or raise `NotCanonical`."""
    try:
        value = orjson.loads(entry)
        # Among ASCII keys all orders are the same; the others are held against that of UTF-16.
        form = orjson.dumps(value, option=_SORTED if entry.isascii() else orjson.OPT_STRICT_INTEGER)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as reason:
        raise NotCanonical(str(reason)) from reason
    if form != entry:
        raise NotCanonical("another form of the same value")
    if _holds_a_fraction([value]):
        raise NotCanonical("a fraction: the log has whole numbers only")
    if not entry.isascii():
        _require_order(value)
    return value


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a value with ASCII keys and without fractions."""
    return orjson.dumps(value, option=_SORTED)


def commitment(salt: bytes, figures: bytes) -> str:
    """Return the hex SHA-256 of salt ‖ canonical figures, by which the log binds itself to figures it does not tell."""
    return sha256(salt + figures).hexdigest()


def _holds_a_fraction(values: Collection[Any]) -> bool:
    kinds = set(map(type, values))
    if float in kinds:
        return True
    return (dict in kinds and any(_holds_a_fraction(value.values()) for value in values if type(value) is dict)) or (
        list in kinds and any(_holds_a_fraction(value) for value in values if type(value) is list)
    )


def _require_order(value: Any) -> None:
    if isinstance(value, dict):
        units = [key.encode("utf-16-be") for key in value]
        if units != sorted(units):
            raise NotCanonical("keys out of order")
        for item in value.values():
            _require_order(item)
    elif isinstance(value, list):
        for item in value:
            _require_order(item)
