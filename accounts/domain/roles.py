"""Roles and what each may do. A permission is always checked together with a scope."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a person may do in the places they are appointed to."""

    ENTER_PROTOCOL = "enter_protocol"
    SEE_DESK = "see_desk"
    DECIDE_HELD = "decide_held"
    CORRECT_PROTOCOL = "correct_protocol"
    ANNUL_PROTOCOL = "annul_protocol"
    OBSERVE = "observe"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_ELECTION = "manage_election"
    PUBLISH = "publish"


class Role(StrEnum):
    OFFICER = "officer"
    CHAIR = "chair"
    DISTRICT = "district"
    CONSTITUENCY = "constituency"
    REGION = "region"
    CEC = "cec"
    OBSERVER = "observer"


_COMMISSION = frozenset({Permission.SEE_DESK, Permission.DECIDE_HELD, Permission.CORRECT_PROTOCOL, Permission.OBSERVE})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset({Permission.ENTER_PROTOCOL}),
    Role.CHAIR: frozenset({Permission.ENTER_PROTOCOL}),
    Role.DISTRICT: _COMMISSION,
    Role.CONSTITUENCY: _COMMISSION,
    Role.REGION: _COMMISSION,
    Role.CEC: _COMMISSION
    | {Permission.ANNUL_PROTOCOL, Permission.MANAGE_PEOPLE, Permission.MANAGE_ELECTION, Permission.PUBLISH},
    Role.OBSERVER: frozenset({Permission.OBSERVE}),
}


class PlaceKind(StrEnum):
    """What a role can be held in; the first three are also the names of an appointment's fields."""

    STATION = "station"
    AREA = "area"
    CONTEST = "contest"
    NATION = "nation"


PLACES: dict[Role, frozenset[PlaceKind]] = {
    Role.OFFICER: frozenset({PlaceKind.STATION}),
    Role.CHAIR: frozenset({PlaceKind.STATION}),
    Role.DISTRICT: frozenset({PlaceKind.AREA}),
    Role.CONSTITUENCY: frozenset({PlaceKind.CONTEST}),
    Role.REGION: frozenset({PlaceKind.AREA}),
    Role.CEC: frozenset({PlaceKind.NATION}),
    Role.OBSERVER: frozenset(PlaceKind),
}
