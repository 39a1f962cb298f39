"""Complaints are inserted and never changed, and belong to a ballot.

Readers see that there is one and how it ended: not who complained, nor the figures of their copy and its salt.
"""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT ON tallies_complaint, tallies_complaintend TO hattama_app;
GRANT SELECT (id, contest_id, station_id, number, version_id, answer_by, event_id, role, at)
    ON tallies_complaint TO hattama_reader;
GRANT SELECT (complaint_id, ending, remedy, event_id, role, at) ON tallies_complaintend TO hattama_reader;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_complaint
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_complaintend
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
ALTER TABLE tallies_complaint ADD CONSTRAINT complaint_belongs_to_a_ballot
    FOREIGN KEY (contest_id, station_id) REFERENCES stations_ballot (contest_id, station_id);
"""
NO_GRANTS = """
ALTER TABLE tallies_complaint DROP CONSTRAINT complaint_belongs_to_a_ballot;
DROP TRIGGER never_changed ON tallies_complaintend;
DROP TRIGGER never_changed ON tallies_complaint;
REVOKE ALL ON tallies_complaint, tallies_complaintend FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0040_complaints"), ("stations", "0001_initial")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
