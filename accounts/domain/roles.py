"""Roles and what each may do. A permission is always checked together with a scope."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a person may do in the places they are appointed to."""

    ENTER_PROTOCOL = "enter_protocol"
    ENTER_FOR_STATION = "enter_for_station"
    SEE_DESK = "see_desk"
    DECIDE_HELD = "decide_held"
    CORRECT_PROTOCOL = "correct_protocol"
    ORDER_RECOUNT = "order_recount"
    ANNUL_PROTOCOL = "annul_protocol"
    CLOSE_QUERY = "close_query"
    COMPLAIN = "complain"
    ANSWER_COMPLAINT = "answer_complaint"
    CERTIFY = "certify"
    OBSERVE = "observe"
    APPOINT_OFFICERS = "appoint_officers"
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


# The people of a station's own commission.
STATION_ROLES = frozenset({Role.OFFICER, Role.CHAIR})

_COMMISSION = frozenset(
    {
        Permission.SEE_DESK,
        Permission.DECIDE_HELD,
        Permission.CORRECT_PROTOCOL,
        Permission.CLOSE_QUERY,
        Permission.ANSWER_COMPLAINT,
        Permission.CERTIFY,
        Permission.OBSERVE,
    }
)
_ABOVE_THE_DISTRICT = _COMMISSION | {Permission.ORDER_RECOUNT}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset({Permission.ENTER_PROTOCOL}),
    Role.CHAIR: frozenset({Permission.ENTER_PROTOCOL}),
    Role.DISTRICT: _COMMISSION | {Permission.ENTER_FOR_STATION, Permission.APPOINT_OFFICERS},
    Role.CONSTITUENCY: _ABOVE_THE_DISTRICT,
    Role.REGION: _ABOVE_THE_DISTRICT | {Permission.APPOINT_OFFICERS},
    Role.CEC: _ABOVE_THE_DISTRICT
    | {
        Permission.ANNUL_PROTOCOL,
        Permission.APPOINT_OFFICERS,
        Permission.MANAGE_PEOPLE,
        Permission.MANAGE_ELECTION,
        Permission.PUBLISH,
    },
    Role.OBSERVER: frozenset({Permission.OBSERVE, Permission.COMPLAIN}),
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
