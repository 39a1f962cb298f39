"""The database itself refuses what the registry must never hold, from the application's own role."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import Error, IntegrityError, ProgrammingError, connection, transaction

from audit.domain.actor import SYSTEM
from stations.services import load_election
from tests.packages import write_package

pytestmark = pytest.mark.django_db

AREA = "INSERT INTO stations_area (election_id, code, parent_id, level, kind, position, name_en, name_kk, name_ru) "
STATION = (
    "INSERT INTO stations_station (election_id, area_id, code, registered_voters, time_zone, name_en, name_kk, "
    "name_ru, address_en, address_kk, address_ru, phone, abroad) "
)
TEXTS = "'UTC', 'A', 'Ә', 'А', '', '', '', '', false"
FIRST = "(SELECT min(id) FROM stations_election)"
SECOND = "(SELECT max(id) FROM stations_election)"


def area(code: str, election: str = FIRST) -> str:
    return f"(SELECT id FROM stations_area WHERE code = '{code}' AND election_id = {election})"


@pytest.fixture(autouse=True)
def _two_elections(tmp_path: Path) -> None:
    for code in ("one", "two"):
        package = write_package(tmp_path / code, code=code, regions=1, districts=1, stations=1)
        load_election(package=package, by=SYSTEM, now=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))


def attempt(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("statement", "because"),
    [
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'n2', NULL, 'nation', 'x', 90, 'A', 'B', 'C'",
            "one_nation_per_election",
            id="a second nation",
        ),
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'r9', NULL, 'region', 'x', 90, 'A', 'B', 'C'",
            "only_the_nation_has_no_parent",
            id="region without parent",
        ),
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'r9', {area('kz')}, 'county', 'x', 90, 'A', 'B', 'C'",
            "area_level_is_known",
            id="an unknown level",
        ),
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'd9', {area('kz')}, 'district', 'x', 90, 'A', 'B', 'C'",
            "a district in a region",
            id="district in a nation",
        ),
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'r9', {area('kz', SECOND)}, 'region', 'x', 90, 'A', 'B', 'C'",
            "a region lies in the nation",
            id="parent in another election",
        ),
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'r1', {area('kz')}, 'region', 'x', 90, 'A', 'B', 'C'",
            "area_codes_are_unique",
            id="an area twice",
        ),
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'r1-d1-s1', {area('kz')}, 'region', 'x', 90, 'A', 'B', 'C'",
            "share one namespace",
            id="an area with a station's code",
        ),
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'r9', {area('kz')}, 'region', 'x', 90, 'A', '', 'C'", "area_is_named", id="no name"
        ),
        pytest.param(
            f"{AREA} SELECT {FIRST}, 'r 9', {area('kz')}, 'region', 'x', 90, 'A', 'B', 'C'",
            "area_code_is_plain",
            id="code with space",
        ),
        pytest.param(
            f"{STATION} SELECT {FIRST}, {area('r1')}, 's9', 1, {TEXTS}",
            "lies in a district",
            id="a station in a region",
        ),
        pytest.param(
            f"{STATION} SELECT {FIRST}, {area('r1-d1')}, 'r1', 1, {TEXTS}",
            "share one namespace",
            id="a station with an area's code",
        ),
        pytest.param(
            f"{STATION} SELECT {FIRST}, {area('r1-d1')}, 'r1-d1-s1', 1, {TEXTS}",
            "station_codes_are_unique",
            id="a station twice",
        ),
        pytest.param(
            f"{STATION} SELECT {FIRST}, {area('r1-d1')}, 's9', -1, {TEXTS}",
            "registered_voters_check",
            id="a negative register",
        ),
        pytest.param(
            f"{STATION} SELECT {FIRST}, {area('r1-d1', SECOND)}, 's9', 1, {TEXTS}",
            "lies in a district of its election",
            id="a district of another election",
        ),
        pytest.param(
            f"UPDATE stations_station SET area_id = {area('r1')} WHERE election_id = {FIRST}",
            "lies in a district",
            id="moving into a region",
        ),
        pytest.param(
            "INSERT INTO stations_ballot (contest_id, station_id) SELECT contest_id, station_id FROM stations_ballot",
            "one_ballot_per_contest_and_station",
            id="a ballot twice",
        ),
        pytest.param(
            "INSERT INTO stations_ballot (contest_id, station_id) SELECT contest.id, station.id FROM stations_contest "
            "contest, stations_station station WHERE contest.election_id <> station.election_id",
            "votes in contests of its election",
            id="a ballot across elections",
        ),
        pytest.param(
            "INSERT INTO stations_contest (election_id, form_id, code, kind, entry, seats, threshold_percent, method, "
            f"colour, position, name_en, name_kk, name_ru) SELECT {FIRST}, (SELECT max(id) FROM stations_form), 'c9', "
            "'plurality', 'single', 1, 0, '', '', 90, 'A', 'B', 'C'",
            "uses a form of its election",
            id="a form of another election",
        ),
        pytest.param(
            "INSERT INTO stations_contest (election_id, form_id, code, kind, entry, seats, threshold_percent, method, "
            f"colour, position, name_en, name_kk, name_ru) SELECT {FIRST}, (SELECT min(id) FROM stations_form), 'c9', "
            "'plurality', 'single', 1, 101, '', '', 90, 'A', 'B', 'C'",
            "threshold_is_a_percentage",
            id="a threshold above 100",
        ),
        pytest.param(
            "INSERT INTO stations_choice (contest_id, code, kind, party, colour, position, withdrawn, name_en, "
            "name_kk, name_ru) SELECT min(contest_id), 'z', 'list', '', '', 1, false, 'A', 'B', 'C' "
            "FROM stations_choice",
            "choice_positions_are_unique",
            id="two choices in one place",
        ),
        pytest.param(
            "INSERT INTO stations_formline (form_id, code, position, may_be_absent, name_en, name_kk, name_ru) "
            "SELECT min(form_id), 'votes_total', 90, false, 'A', 'B', 'C' FROM stations_formline",
            "line_code_can_stand_in_a_rule",
            id="a line with a reserved code",
        ),
    ],
)
def test_the_database_refuses(statement: str, because: str) -> None:
    with pytest.raises(IntegrityError, match=because):
        attempt(statement)


@pytest.mark.parametrize(
    "table", ["area", "station", "contest", "choice", "ballot", "formline", "formcheck", "election"]
)
@pytest.mark.parametrize("attack", ["DELETE FROM stations_{}", "TRUNCATE stations_{} CASCADE"])
def test_the_application_can_remove_nothing(table: str, attack: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        attempt(attack.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stations_ballot SET station_id = station_id",
        "UPDATE stations_formcheck SET rule = 'issued >= 0'",
        "UPDATE stations_formline SET position = position",
        "UPDATE stations_choice SET position = position",
        "UPDATE stations_contest SET seats = seats + 1",
        "UPDATE stations_area SET parent_id = parent_id",
        "UPDATE stations_election SET figures_public_from = now()",
    ],
)
def test_the_application_cannot_change_structure(statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        attempt(statement)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE stations_station SET name_en = 'X'", "INSERT INTO stations_form (election_id, code) VALUES (1, 'x')"],
)
def test_the_reader_reads_and_no_more(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE; SET LOCAL ROLE hattama_reader")
        cursor.execute("SELECT count(*) FROM stations_station")
        assert cursor.fetchone() == (2,)
        with pytest.raises(Error, match="permission denied"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("RESET ROLE; SET ROLE hattama_app")
