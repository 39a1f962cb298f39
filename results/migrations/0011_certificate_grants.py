"""Certificates, their signatures and opinions are written once; readers see them without who the people are."""

from django.db import migrations

TABLES = ("results_certificate", "results_certificatesignature", "results_opinion")

GRANTS = f"""
GRANT SELECT, INSERT ON {", ".join(TABLES)} TO hattama_app;
GRANT SELECT (id, contest_id, area_id, number, level, checkpoint_size, figures, stations_expected, stations_reported,
              stations_annulled, versions, annulled, rests_on, explained, content_sha256, role, event_id, proposed_at)
    ON results_certificate TO hattama_reader;
GRANT SELECT (certificate_id, certified_id, role, signed_at) ON results_certificatesignature TO hattama_reader;
GRANT SELECT (id, certificate_id, number, role, event_id, at) ON results_opinion TO hattama_reader;
""" + "".join(
    f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION results_refuse_change();"
    for table in TABLES
)
NO_GRANTS = (
    "".join(f"DROP TRIGGER never_changed ON {table};" for table in TABLES)
    + f"REVOKE ALL ON {', '.join(TABLES)} FROM hattama_app, hattama_reader;"
)


class Migration(migrations.Migration):
    dependencies = [("results", "0010_certificates")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
