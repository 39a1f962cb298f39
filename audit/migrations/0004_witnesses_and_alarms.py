import django.db.models.deletion
from django.db import migrations, models

# The application adds what it verified; nobody changes or removes it.
GRANTS = """
    GRANT SELECT, INSERT ON audit_cosignature TO hattama_app;
    GRANT SELECT ON audit_cosignature TO hattama_reader;
    GRANT SELECT, INSERT, UPDATE, DELETE ON audit_alarm TO hattama_app;
    CREATE TRIGGER audit_cosignature_immutable BEFORE UPDATE OR DELETE ON audit_cosignature
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
REVOKES = """
    DROP TRIGGER audit_cosignature_immutable ON audit_cosignature;
    REVOKE ALL ON audit_cosignature, audit_alarm FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_guards")]
    operations = [
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("witness", models.CharField(max_length=200)),
                ("vkey", models.CharField(max_length=300)),
                ("time", models.BigIntegerField()),
                ("signature", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cosignatures", to="audit.checkpoint"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("vkey", "checkpoint"), name="one_cosignature_each"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32)),
                ("about", models.CharField(blank=True, max_length=200)),
                ("detail", models.CharField(max_length=500)),
                ("since", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("code", "about"), name="one_alarm_each")],
            },
        ),
        migrations.RunSQL(GRANTS, REVOKES),
    ]
