"""Reports of turnout are inserted and never changed; readers see all of them but who sent them."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT ON tallies_turnoutreport TO hattama_app;
GRANT SELECT (id, station_id, hour, number, voters, event_id, role, at) ON tallies_turnoutreport TO hattama_reader;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_turnoutreport
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
"""
NO_GRANTS = """
DROP TRIGGER never_changed ON tallies_turnoutreport;
REVOKE ALL ON tallies_turnoutreport FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0006_turnout")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
