"""Rights on photographs: added to, never changed; readers see them, and nothing of what is still on its way."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT ON tallies_photograph, tallies_photographpage, tallies_withdrawnphotograph TO hattama_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tallies_upload TO hattama_app;
GRANT SELECT ON tallies_photograph, tallies_photographpage, tallies_withdrawnphotograph TO hattama_reader;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_photograph
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_photographpage
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_withdrawnphotograph
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
"""
NO_GRANTS = """
DROP TRIGGER never_changed ON tallies_withdrawnphotograph;
DROP TRIGGER never_changed ON tallies_photographpage;
DROP TRIGGER never_changed ON tallies_photograph;
REVOKE ALL ON tallies_photograph, tallies_photographpage, tallies_withdrawnphotograph, tallies_upload
    FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0020_photographs"), ("stations", "0001_initial")]

    operations = [
        migrations.RunSQL(GRANTS, NO_GRANTS),
        *(
            migrations.RunSQL(
                f"ALTER TABLE tallies_{table} ADD CONSTRAINT {table}_belongs_to_a_ballot "
                "FOREIGN KEY (contest_id, station_id) REFERENCES stations_ballot (contest_id, station_id)",
                f"ALTER TABLE tallies_{table} DROP CONSTRAINT {table}_belongs_to_a_ballot",
            )
            for table in ("photograph", "upload")
        ),
    ]
