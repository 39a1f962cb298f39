"""What a row of a package becomes in the database, column by column.

References are given by code (`area__code`), as they stand in the package: so they can be compared with what is
stored, and shown to people.
"""

from __future__ import annotations

from stations.package.content import (
    AreaRow,
    CandidateRow,
    CheckRow,
    ChoiceRow,
    ContestRow,
    ElectionRow,
    LineRow,
    Names,
    StationRow,
)

Columns = dict[str, object]
CODE = "__code"


def plain(columns: Columns) -> Columns:
    """The columns without the references."""
    return {name: value for name, value in columns.items() if not name.endswith(CODE)}


def _in_languages(column: str, names: Names) -> Columns:
    return {f"{column}_en": names.en, f"{column}_kk": names.kk, f"{column}_ru": names.ru}


def election_columns(row: ElectionRow) -> Columns:
    return {
        **_in_languages("name", row.names),
        "date": row.date,
        "time_zone": row.time_zone,
        "opens_at": row.opens_at,
        "figures_public_from": row.figures_public_from,
        "live_public": row.live_public,
        "photographs_public": row.photographs_public,
        "protocols_before_close": row.protocols_before_close,
        "witnesses_required": row.witnesses_required,
        "turnout_hours": list(row.turnout_hours),
        "complaint_hours": row.complaint_hours,
        "days_to_certify": row.days_to_certify,
        "days_to_final": row.days_to_final,
        "patterns": dict(row.patterns),
        "quotas": [
            {
                "code": quota.code,
                "percent": quota.percent,
                "groups": list(quota.groups),
                **_in_languages("law", quota.laws),
                **_in_languages("name", quota.names),
            }
            for quota in row.quotas
        ],
        "synthetic": row.synthetic,
    }


def area_columns(row: AreaRow, position: int) -> Columns:
    return {
        **_in_languages("name", row.names),
        "parent__code": row.parent or None,
        "level": row.level,
        "kind": row.kind,
        "position": position,
        "tile_x": row.tile_x,
        "tile_y": row.tile_y,
    }


def station_columns(row: StationRow) -> Columns:
    return {
        **_in_languages("name", row.names),
        **_in_languages("address", row.address),
        "area__code": row.area,
        "registered_voters": row.registered_voters,
        "phone": row.phone,
        "time_zone": row.time_zone,
        "opens": row.opens,
        "closes": row.closes,
        "abroad": row.abroad,
    }


def line_columns(row: LineRow, position: int) -> Columns:
    return {**_in_languages("name", row.names), "position": position, "may_be_absent": row.may_be_absent}


def check_columns(row: CheckRow, position: int) -> Columns:
    return {
        **_in_languages("message", row.messages),
        **_in_languages("law", row.laws),
        "severity": row.severity,
        "rule": row.rule,
        "tolerance": row.tolerance,
        "position": position,
    }


def contest_columns(row: ContestRow, position: int) -> Columns:
    return {
        **_in_languages("name", row.names),
        "form__code": row.form,
        "kind": row.kind,
        "entry": row.entry,
        "seats": row.seats,
        "threshold_percent": row.threshold_percent,
        "method": row.method,
        "minimum_runner_up": row.minimum_runner_up,
        "on_tie": row.on_tie,
        "on_against_all": row.on_against_all,
        "colour": row.colour,
        "position": position,
    }


def choice_columns(row: ChoiceRow, position: int) -> Columns:
    return {
        **_in_languages("name", row.names),
        "kind": row.kind,
        "registration_order": row.registration_order,
        "party": row.party,
        "colour": row.colour,
        "position": position,
        "withdrawn": row.withdrawn,
    }


def candidate_columns(row: CandidateRow) -> Columns:
    return {**_in_languages("name", row.names), "groups": " ".join(row.groups)}
