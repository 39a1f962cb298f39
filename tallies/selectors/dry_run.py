"""Holding changed checks against every protocol in force of the contests that use a form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connections, transaction

from stations.domain.check_sets import CheckText, compare
from stations.models import Contest
from stations.selectors import layouts_of
from tallies.domain.dry_run import CheckEffect, Comparison, Judged, Touched, effects_of

_IN_FORCE = """
    SELECT contest.code, station.code, region.code, version.figures
    FROM stations_contest contest
    JOIN tallies_standing standing ON standing.contest_id = contest.id AND standing.state = 'in_force'
    JOIN tallies_protocolversion version ON version.id = standing.version_id
    JOIN stations_station station ON station.id = standing.station_id
    JOIN stations_area district ON district.id = station.area_id
    JOIN stations_area region ON region.id = district.parent_id
    WHERE contest.form_id = %s
    ORDER BY contest.position, region.position, district.position, station.code
"""
_ROWS_AT_ONCE = 2_000


def count_in_force(form_id: int) -> int:
    """Return how many protocols of contests with this form are in force."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM tallies_standing standing JOIN stations_contest contest "
            "ON contest.id = standing.contest_id WHERE standing.state = 'in_force' AND contest.form_id = %s",
            [form_id],
        )
        return int(cursor.fetchone()[0])


def dry_run(form_id: int, before: Sequence[CheckText], after: Sequence[CheckText]) -> list[CheckEffect]:
    """Return what each check that would judge otherwise does to the protocols in force, in three statements."""
    return effects_of(_comparison(form_id, before, after), _in_force(form_id))


def touched_by(form_id: int, before: Sequence[CheckText], after: Sequence[CheckText]) -> Iterator[Touched]:
    """Yield every protocol of which a changed check says something else than before."""
    for touched in _comparison(form_id, before, after).judge(_in_force(form_id)):
        if touched.before != touched.now:
            yield touched


def _comparison(form_id: int, before: Sequence[CheckText], after: Sequence[CheckText]) -> Comparison:
    contests = dict(Contest.objects.filter(form=form_id).values_list("id", "code"))
    layouts = {contests[contest_id]: layout for contest_id, layout in layouts_of(contests).items()}
    return Comparison(compare(before, after), layouts)


def _in_force(form_id: int) -> Iterator[Judged]:
    """Read them in one moment, a few thousand rows at a time."""
    with transaction.atomic(using="default"), connections["default"].chunked_cursor() as cursor:
        cursor.execute(_IN_FORCE, [form_id])
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            for row in rows:
                yield Judged(*row)
