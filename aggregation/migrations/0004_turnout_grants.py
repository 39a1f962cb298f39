"""Turnout is the workers' to write; nothing ever deletes a sum."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("aggregation", "0003_turnout")]

    operations = [
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE ON aggregation_turnout TO hattama_app;"
            "GRANT SELECT ON aggregation_turnout TO hattama_reader;",
            "REVOKE ALL ON aggregation_turnout FROM hattama_app, hattama_reader;",
        ),
    ]
