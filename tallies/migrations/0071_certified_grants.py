"""What is certified is never changed, and nothing changes beneath it without withdrawing it in the same transaction.

The second guard looks when a transaction ends that moved a protocol out of what counted. It takes the contest's lock
with others who change, as the services do, so that it sees what a certificate committed meanwhile.
"""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT ON tallies_certified, tallies_certifiedend TO hattama_app;
GRANT SELECT ON tallies_certified, tallies_certifiedend TO hattama_reader;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_certified
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_certifiedend
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE FUNCTION tallies_refuse_change_beneath_certified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1009, NEW.contest_id::int);
    IF EXISTS (
        SELECT FROM tallies_certified certified
        JOIN stations_area own ON own.id = NEW.area_id
        LEFT JOIN stations_area above ON above.id = own.parent_id
        WHERE certified.contest_id = NEW.contest_id
          AND certified.area_id IN (own.id, own.parent_id, above.parent_id)
          AND NOT EXISTS (SELECT FROM tallies_certifiedend ended WHERE ended.certified_id = certified.id)
    ) THEN
        RAISE EXCEPTION 'a certified result stands above this protocol: its change must withdraw it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER withdraws_what_is_certified AFTER UPDATE ON tallies_standing
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state IN ('in_force', 'annulled'))
    EXECUTE FUNCTION tallies_refuse_change_beneath_certified();
"""
NO_GRANTS = """
DROP TRIGGER withdraws_what_is_certified ON tallies_standing;
DROP FUNCTION tallies_refuse_change_beneath_certified();
DROP TRIGGER never_changed ON tallies_certifiedend;
DROP TRIGGER never_changed ON tallies_certified;
REVOKE ALL ON tallies_certified, tallies_certifiedend FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0070_certified")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
