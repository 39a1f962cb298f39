"""An amendment may change the limits of patterns: they change no figure."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stations", "0022_patterns")]

    operations = [
        migrations.RunSQL(
            "GRANT UPDATE (patterns) ON stations_election TO hattama_app",
            "REVOKE UPDATE (patterns) ON stations_election FROM hattama_app",
        )
    ]
