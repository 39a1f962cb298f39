"""Rights on ended claims; the protocol one belongs to is a ballot's."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, DELETE ON tallies_endedclaim TO hattama_app;
ALTER TABLE tallies_endedclaim ADD CONSTRAINT endedclaim_belongs_to_a_ballot
    FOREIGN KEY (contest_id, station_id) REFERENCES stations_ballot (contest_id, station_id);
"""
NO_GRANTS = """
ALTER TABLE tallies_endedclaim DROP CONSTRAINT endedclaim_belongs_to_a_ballot;
REVOKE ALL ON tallies_endedclaim FROM hattama_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0060_ended_claims")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
