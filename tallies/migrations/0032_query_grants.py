"""Queries and their closings are only ever added to. Readers see who closed one by role alone."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT ON tallies_query, tallies_queryclosing TO hattama_app;
GRANT SELECT, INSERT, DELETE ON tallies_pendinglook TO hattama_app;
GRANT SELECT ON tallies_query TO hattama_reader;
GRANT SELECT (query_id, outcome, answer, role, event_id, at) ON tallies_queryclosing TO hattama_reader;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_query
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_queryclosing
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
"""
NO_GRANTS = """
DROP TRIGGER never_changed ON tallies_queryclosing;
DROP TRIGGER never_changed ON tallies_query;
REVOKE ALL ON tallies_query, tallies_queryclosing, tallies_pendinglook FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0031_queries"), ("stations", "0023_pattern_grants")]

    operations = [
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(
            "ALTER TABLE tallies_query ADD CONSTRAINT query_belongs_to_a_ballot "
            "FOREIGN KEY (contest_id, station_id) REFERENCES stations_ballot (contest_id, station_id)",
            "ALTER TABLE tallies_query DROP CONSTRAINT query_belongs_to_a_ballot",
        ),
    ]
