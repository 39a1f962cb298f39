"""Pauses of publication and schedules of bulletins are written once; readers see that there is a pause, not by whom."""

from django.db import migrations

TABLES = ("results_publicationpause", "results_publicationresumption", "results_bulletinschedule")

GRANTS = f"""
GRANT SELECT, INSERT ON {", ".join(TABLES)} TO hattama_app;
GRANT SELECT (id, election_id, event_id, at) ON results_publicationpause TO hattama_reader;
GRANT SELECT (pause_id, event_id, at) ON results_publicationresumption TO hattama_reader;
""" + "".join(
    f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION results_refuse_change();"
    for table in TABLES
)
NO_GRANTS = (
    "".join(f"DROP TRIGGER never_changed ON {table};" for table in TABLES)
    + f"REVOKE ALL ON {', '.join(TABLES)} FROM hattama_app, hattama_reader;"
)


class Migration(migrations.Migration):
    dependencies = [("results", "0012_pauses_and_schedules")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
