"""Rights on claims and repeat votings; the protocol they belong to is a ballot's."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON tallies_claim TO hattama_app;
GRANT SELECT, INSERT ON tallies_repeatvoting TO hattama_app;
GRANT SELECT ON tallies_repeatvoting TO hattama_reader;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_repeatvoting
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
"""
NO_GRANTS = """
DROP TRIGGER never_changed ON tallies_repeatvoting;
REVOKE ALL ON tallies_claim, tallies_repeatvoting FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0004_claims_and_repeat_voting"), ("stations", "0001_initial")]

    operations = [
        migrations.RunSQL(GRANTS, NO_GRANTS),
        *(
            migrations.RunSQL(
                f"ALTER TABLE tallies_{table} ADD CONSTRAINT {table}_belongs_to_a_ballot "
                "FOREIGN KEY (contest_id, station_id) REFERENCES stations_ballot (contest_id, station_id)",
                f"ALTER TABLE tallies_{table} DROP CONSTRAINT {table}_belongs_to_a_ballot",
            )
            for table in ("claim", "repeatvoting")
        ),
    ]
