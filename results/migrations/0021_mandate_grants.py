"""Acts about mandates are written once; readers see them without the people who wrote them."""

from django.db import migrations

TABLES = "results_mandateact, results_mandatedecision"

GRANTS = f"""
GRANT SELECT, INSERT ON {TABLES} TO hattama_app;
GRANT SELECT (id, contest_id, snapshot_id, number, kind, data, event_id, at) ON results_mandateact TO hattama_reader;
GRANT SELECT (act_id, outcome, event_id, at) ON results_mandatedecision TO hattama_reader;
"""
TRIGGERS = "".join(
    f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION results_refuse_change();"
    for table in TABLES.split(", ")
)
# Whoever proposed an act does not confirm it, whatever the code does.
SECOND_PERSON = """
CREATE FUNCTION results_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outcome = 'confirmed' AND EXISTS (
        SELECT FROM results_mandateact act WHERE act.id = NEW.act_id AND act.proposed_by_id = NEW.by_id
    ) THEN
        RAISE EXCEPTION 'an act is confirmed by a second person' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER second_person BEFORE INSERT ON results_mandatedecision
    FOR EACH ROW EXECUTE FUNCTION results_second_person();
"""


class Migration(migrations.Migration):
    dependencies = [("results", "0020_mandates")]

    operations = [
        migrations.RunSQL(GRANTS, f"REVOKE ALL ON {TABLES} FROM hattama_app, hattama_reader;"),
        migrations.RunSQL(
            TRIGGERS + SECOND_PERSON,
            "DROP TRIGGER second_person ON results_mandatedecision; DROP FUNCTION results_second_person();"
            + "".join(f"DROP TRIGGER never_changed ON {table};" for table in TABLES.split(", ")),
        ),
    ]
