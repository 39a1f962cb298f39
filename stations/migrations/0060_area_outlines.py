"""Outlines of areas, and who may read and replace them: they are drawings, not facts of the election."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

GRANTS = """
GRANT SELECT, INSERT, DELETE ON stations_areaoutline TO hattama_app;
GRANT SELECT ON stations_areaoutline TO hattama_reader;
"""
NO_GRANTS = "REVOKE ALL ON stations_areaoutline FROM hattama_app, hattama_reader;"


class Migration(migrations.Migration):
    dependencies = [("stations", "0050_quotas_and_ties")]

    operations = [
        migrations.CreateModel(
            name="AreaOutline",
            fields=[
                (
                    "area",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="outline",
                        serialize=False,
                        to="stations.area",
                    ),
                ),
                ("path", models.TextField()),
                ("box", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=4)),
                ("label", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=2)),
            ],
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
    ]
