"""Rights of the application and of readers, and triggers against the owner's accidents."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT ON tallies_entry, tallies_protocolversion, tallies_standingchange, tallies_explanation
    TO hattama_app;
GRANT SELECT, INSERT, UPDATE ON tallies_standing TO hattama_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tallies_openentry TO hattama_app;
GRANT SELECT, INSERT, DELETE ON tallies_pendingarea TO hattama_app;
GRANT SELECT ON tallies_protocolversion, tallies_standing, tallies_standingchange, tallies_pendingarea
    TO hattama_reader;
GRANT SELECT (id, event_id, version_id, subject, text) ON tallies_explanation TO hattama_reader;
"""

REVOKES = """
REVOKE ALL ON tallies_entry, tallies_openentry, tallies_protocolversion, tallies_standing, tallies_standingchange, tallies_explanation,
    tallies_pendingarea FROM hattama_app, hattama_reader;
"""

TRIGGERS = """
CREATE FUNCTION tallies_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_protocolversion
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_entry
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_standingchange
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
"""

NO_TRIGGERS = """
DROP TRIGGER never_changed ON tallies_standingchange;
DROP TRIGGER never_changed ON tallies_entry;
DROP TRIGGER never_changed ON tallies_protocolversion;
DROP FUNCTION tallies_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0001_initial")]

    operations = [
        migrations.RunSQL(GRANTS, REVOKES),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
