"""The schemas of events: JSON Schema, one file for each kind and version, beside what all entries share.

An event that its schema does not allow is not recorded. What is published is therefore what is documented.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jsonschema_rs import Registry, ValidationError, Validator, validator_for

FOLDER = Path(__file__).with_name("schemas")
SHARED = "entry.json"
# Files name each other as they lie side by side; wherever they are served, that is an address of their own.
_BASE = "hattama:/schemas/"
# A refusal may end in a file of the operator's: it says what is wrong where, and never what a protocol says.
_SAID = "…"


class NotDocumented(ValueError):
    """The event is of a kind or version without a schema, or is not what its schema says."""


def schema_name(kind: str, version: int) -> str:
    """Return the file name of the schema of a version of a kind."""
    return f"{kind}.v{version}.json"


@cache
def schema_files() -> dict[str, bytes]:
    """Return every schema by its file name, what all entries share among them."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.json"))}


def schema_index() -> dict[str, object]:
    """Return what stands in the list of schemas: for each kind and version the file beside the list."""
    events = [{"kind": kind, "v": version, "schema": schema_name(kind, version)} for kind, version in known_kinds()]
    return {"entry": SHARED, "events": events}


def known_kinds() -> list[tuple[str, int]]:
    """Return every kind of event with each version of it that may be recorded."""
    return sorted(_validators())


def check_event(event: Mapping[str, object]) -> None:
    """Raise `NotDocumented` unless the event, as a value before it is bytes, is what its kind and version allow."""
    kind, version = str(event["kind"]), int(str(event["v"]))
    validator = _validators().get((kind, version))
    if validator is None:
        raise NotDocumented(f"{kind}, version {version}: there is no such kind of event")
    try:
        validator.validate(event)
    except ValidationError as reason:
        place = "/".join(map(str, reason.instance_path)) or "the event"
        raise NotDocumented(f"{kind}, version {version}: {place}: {reason.message}") from reason


@cache
def _validators() -> dict[tuple[str, int], Validator]:
    schemas = {name: json.loads(content) for name, content in schema_files().items()}
    registry = Registry([(_BASE + name, schema) for name, schema in schemas.items()])
    validators: dict[tuple[str, int], Validator] = {}
    for name, schema in schemas.items():
        if name != SHARED:
            told = schema["properties"]
            validator = validator_for(schema, registry=registry, base_uri=_BASE + name, offline=True, mask=_SAID)
            validators[told["kind"]["const"], told["v"]["const"]] = validator
    return validators
