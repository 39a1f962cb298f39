"""Warnings that stations explained: they travel with the protocol to observers and into the district's certificate."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import orjson
from django.db import connections
from django.utils.translation import get_language

from stations.models import Area, Contest
from tallies.selectors.protocols import Narrowed, Scope, restricted


@dataclass(frozen=True)
class ExplainedWarning:
    """A finding of a protocol in force, and the words that were given about it.

    `figures` are those the check compared, by code. `message` and `law` are those of the check set that the protocol
    was held against; `law` may be empty.
    """

    station: str
    station_name: str
    area: str
    contest: str
    contest_name: str
    version: int
    code: str
    is_error: bool
    message: str
    law: str
    figures: Mapping[str, int]
    explanation: str


_EXPLAINED = """
    SELECT station.code, station.name_{language}, district.code, contest.code, contest.name_{language}, version.number,
           finding ->> 'code', finding ->> 'severity' = 'error',
           COALESCE(changed.told -> 'message' ->> '{language}', rule.message_{language}, finding ->> 'code'),
           COALESCE(changed.told -> 'law' ->> '{language}', changed.told ->> 'law', rule.law_{language}, ''),
           finding -> 'figures', words.text
    FROM {versions}
    JOIN stations_contest contest ON contest.id = version.contest_id
    JOIN stations_station station ON station.id = version.station_id
    JOIN stations_area district ON district.id = station.area_id
    CROSS JOIN LATERAL jsonb_array_elements(version.findings) finding
    JOIN tallies_explanation words ON words.version_id = version.id
        AND words.subject = CASE finding ->> 'severity' WHEN 'error' THEN 'paper_says_so' ELSE finding ->> 'code' END
    LEFT JOIN stations_formcheck rule
        ON rule.form_id = contest.form_id AND rule.code = finding ->> 'code' AND version.check_set = 1
    LEFT JOIN LATERAL (
        SELECT told FROM stations_checkset later, jsonb_array_elements(later.checks) told
        WHERE later.form_id = contest.form_id AND later.number = version.check_set
          AND told ->> 'code' = finding ->> 'code'
    ) changed ON true
    WHERE version.findings <> '[]' AND {where}
    ORDER BY district.position, station.code, contest.position, finding ->> 'code', words.id
"""


_NOT_ERASED = " AND words.text <> ''"
_IN_FORCE = """tallies_standing standing
    JOIN tallies_protocolversion version ON version.id = standing.version_id AND standing.state = 'in_force'"""


def explained_warnings(area: Area, contest: Contest | None = None, *, using: str = "default") -> list[ExplainedWarning]:
    """Return the explained findings of protocols in force in an area and all beneath it, by station: one statement.

    Of one contest, or of all. A check that the paper itself breaks is among them with the station's words for it.
    """
    where = """(district.id = %(area)s OR district.parent_id = %(area)s OR district.parent_id IN
        (SELECT id FROM stations_area WHERE parent_id = %(area)s)) AND (%(contest)s::bigint IS NULL
        OR contest.id = %(contest)s)"""
    asked = {"area": area.pk, "contest": contest.pk if contest else None}
    return list(_rows(where + _NOT_ERASED, asked, using))


def explained_in(scope: Scope, narrowed: Narrowed) -> list[ExplainedWarning]:
    """Return the same for what a commission's scope covers."""
    where, values = restricted(scope, narrowed)
    return list(_rows("contest.election_id = %(election)s" + where + _NOT_ERASED, values, "default"))


def explained_in_versions(version_ids: Collection[int], *, using: str = "default") -> list[ExplainedWarning]:
    """Return the same for these versions, whether they are in force or were: one statement.

    Words that the law had erased are empty: that there was an explanation stays.
    """
    where = "version.id = ANY(%(versions)s)"
    return list(_rows(where, {"versions": list(version_ids)}, using, versions="tallies_protocolversion version"))


def _rows(
    where: str, values: Mapping[str, Any], using: str, *, versions: str = _IN_FORCE
) -> Iterator[ExplainedWarning]:
    language = get_language() or "en"
    statement = _EXPLAINED.format(language=language, where=where, versions=versions)
    with connections[using].cursor() as cursor:
        cursor.execute(statement, values)
        names = [field.name for field in fields(ExplainedWarning)]
        for row in cursor.fetchall():
            values_by_name = dict(zip(names, row, strict=True))
            yield ExplainedWarning(**{**values_by_name, "figures": orjson.loads(values_by_name["figures"])})
