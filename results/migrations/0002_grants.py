"""A published result is written once; nothing changes or deletes it."""

from django.db import migrations

TABLES = "results_snapshot, results_snapshottally, results_snapshotallocation, results_snapshotseats, results_approval"

TRIGGERS = "CREATE FUNCTION results_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;" + "".join(
    f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION results_refuse_change();"
    for table in TABLES.split(", ")
)
NO_TRIGGERS = (
    "".join(f"DROP TRIGGER never_changed ON {table};" for table in TABLES.split(", "))
    + "DROP FUNCTION results_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("results", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"GRANT SELECT, INSERT ON {TABLES} TO hattama_app; GRANT SELECT ON {TABLES} TO hattama_reader;",
            f"REVOKE ALL ON {TABLES} FROM hattama_app, hattama_reader;",
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
