"""Tallies are the workers' to write; nothing ever deletes one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("aggregation", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE ON aggregation_tally TO hattama_app;"
            "GRANT SELECT ON aggregation_tally TO hattama_reader;",
            "REVOKE ALL ON aggregation_tally FROM hattama_app, hattama_reader;",
        ),
    ]
