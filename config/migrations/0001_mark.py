"""The table of the mark, and what the database refuses to do with it."""

from django.db import migrations, models

GRANTS = "GRANT SELECT ON config_databasemark TO hattama_app, hattama_reader;"
NO_GRANTS = "REVOKE ALL ON config_databasemark FROM hattama_app, hattama_reader;"

# TRUNCATE too: emptied, the mark would be gone as well.
GUARD = """
    CREATE FUNCTION config_refuse_another_mark() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what a database is for never changes: % of % refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$;

    CREATE TRIGGER config_databasemark_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON config_databasemark
        FOR EACH STATEMENT EXECUTE FUNCTION config_refuse_another_mark();
"""
NO_GUARD = """
    DROP TRIGGER config_databasemark_stays ON config_databasemark;
    DROP FUNCTION config_refuse_another_mark();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="DatabaseMark",
            fields=[
                ("only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("training", models.BooleanField()),
                ("marked_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("only", True)), name="one_mark_per_database")
                ],
            },
        ),
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
