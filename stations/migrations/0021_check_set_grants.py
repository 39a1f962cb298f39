"""Check sets and decisions on them are only ever added to; everybody may read them, for rules are public."""

from django.db import migrations

TABLES = ("stations_checkset", "stations_checksetdecision")
GRANTS = f"""
GRANT SELECT, INSERT ON {", ".join(TABLES)} TO hattama_app;
GRANT SELECT ON {", ".join(TABLES)} TO hattama_reader;
CREATE FUNCTION stations_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION stations_refuse_change();\n"
    for table in TABLES
)
NO_GRANTS = (
    "".join(f"DROP TRIGGER never_changed ON {table};\n" for table in TABLES)
    + "DROP FUNCTION stations_refuse_change();\n"
    + f"REVOKE ALL ON {', '.join(TABLES)} FROM hattama_app, hattama_reader;"
)


class Migration(migrations.Migration):
    dependencies = [("stations", "0020_check_sets")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
