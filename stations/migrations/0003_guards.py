"""What no column can say by itself: parents of the right level, one namespace, nothing across elections.

Guards are checked once a statement, over all its rows, so that a load of ten thousand stations does not pay for each.
"""

from django.db import migrations

_GUARDS = {
    "area": """
        IF EXISTS (
            SELECT FROM changed JOIN stations_area parent ON parent.id = changed.parent_id
            WHERE parent.election_id <> changed.election_id
               OR (changed.level, parent.level) NOT IN (('region', 'nation'), ('district', 'region'))
        ) THEN
            RAISE check_violation USING MESSAGE = 'a region lies in the nation, a district in a region';
        END IF;
        IF EXISTS (SELECT FROM changed JOIN stations_station station USING (election_id, code)) THEN
            RAISE unique_violation USING MESSAGE = 'stations and areas share one namespace';
        END IF;
    """,
    "station": """
        IF EXISTS (
            SELECT FROM changed JOIN stations_area area ON area.id = changed.area_id
            WHERE area.election_id <> changed.election_id OR area.level <> 'district'
        ) THEN
            RAISE check_violation USING MESSAGE = 'a station lies in a district of its election';
        END IF;
        IF EXISTS (SELECT FROM changed JOIN stations_area area USING (election_id, code)) THEN
            RAISE unique_violation USING MESSAGE = 'stations and areas share one namespace';
        END IF;
    """,
    "contest": """
        IF EXISTS (
            SELECT FROM changed JOIN stations_form form ON form.id = changed.form_id
            WHERE form.election_id <> changed.election_id
        ) THEN
            RAISE check_violation USING MESSAGE = 'a contest uses a form of its election';
        END IF;
    """,
    "ballot": """
        IF EXISTS (
            SELECT FROM changed
            JOIN stations_contest contest ON contest.id = changed.contest_id
            JOIN stations_station station ON station.id = changed.station_id
            WHERE contest.election_id <> station.election_id
        ) THEN
            RAISE check_violation USING MESSAGE = 'a station votes in contests of its election';
        END IF;
    """,
}


def _create(table: str, guard: str) -> str:
    return f"""
        CREATE FUNCTION stations_guard_{table}() RETURNS trigger LANGUAGE plpgsql AS $guard$
        BEGIN
            {guard}
            RETURN NULL;
        END
        $guard$;
        CREATE TRIGGER guard_inserted AFTER INSERT ON stations_{table} REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION stations_guard_{table}();
        CREATE TRIGGER guard_updated AFTER UPDATE ON stations_{table} REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION stations_guard_{table}();
    """


def _drop(table: str) -> str:
    return f"""
        DROP TRIGGER guard_inserted ON stations_{table};
        DROP TRIGGER guard_updated ON stations_{table};
        DROP FUNCTION stations_guard_{table}();
    """


# Ten thousand stations arrive in one transaction: until the planner hears of them, reading them can take a thousand
# times as long. Only a table's owner may ANALYZE it, so the function runs with the owner's rights.
_LEARN = """
    CREATE FUNCTION stations_learn_statistics() RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $learn$
        ANALYZE stations_area, stations_station, stations_contest, stations_choice, stations_ballot
    $learn$;
    REVOKE ALL ON FUNCTION stations_learn_statistics() FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION stations_learn_statistics() TO hattama_app;
"""


class Migration(migrations.Migration):
    dependencies = [("stations", "0002_grants")]

    operations = [
        migrations.RunSQL(sql=_create(table, guard), reverse_sql=_drop(table)) for table, guard in _GUARDS.items()
    ] + [migrations.RunSQL(sql=_LEARN, reverse_sql="DROP FUNCTION stations_learn_statistics()")]
