"""A protocol belongs to a ballot: one key to the pair of contest and station, instead of one to each.

Beside being the truer statement, it keeps writers apart: a reference to the contest alone makes every protocol of the
country lock the same row.
"""

from django.db import migrations

TABLES = ("entry", "openentry", "protocolversion", "standing", "standingchange")


class Migration(migrations.Migration):
    dependencies = [("tallies", "0002_grants"), ("stations", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE tallies_{table} ADD CONSTRAINT {table}_belongs_to_a_ballot "
            "FOREIGN KEY (contest_id, station_id) REFERENCES stations_ballot (contest_id, station_id)",
            f"ALTER TABLE tallies_{table} DROP CONSTRAINT {table}_belongs_to_a_ballot",
        )
        for table in TABLES
    ]
