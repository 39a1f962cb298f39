"""Runs that write files are told by the application as they go on; nobody deletes them, and readers need not see them."""

from django.db import migrations

GRANTS = "GRANT SELECT, INSERT, UPDATE ON results_export TO hattama_app"
NO_GRANTS = "REVOKE ALL ON results_export FROM hattama_app"


class Migration(migrations.Migration):
    dependencies = [("results", "0030_exports")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
