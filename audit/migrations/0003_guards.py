"""What the database itself refuses, whatever the code does and whoever asks, and the queue it fills by itself.

The grants are the control; the triggers on UPDATE and DELETE stand against the owner's accidents. All are statement
triggers, so that a bulk insert pays for them once.
"""

from django.db import migrations

# SECURITY DEFINER: only the trigger puts events into the queue; the application has no INSERT there.
QUEUE = """
    CREATE FUNCTION audit_enqueue_event() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
        INSERT INTO audit_unsealedevent (event_id) SELECT id FROM recorded;
        RETURN NULL;
    END $$;

    CREATE TRIGGER audit_event_enqueued AFTER INSERT ON audit_event
        REFERENCING NEW TABLE AS recorded
        FOR EACH STATEMENT EXECUTE FUNCTION audit_enqueue_event();
"""
NO_QUEUE = """
    DROP TRIGGER audit_event_enqueued ON audit_event;
    DROP FUNCTION audit_enqueue_event();
"""

IMMUTABLE = """
    CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the log only grows: % of % refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$;

    CREATE TRIGGER audit_event_immutable BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
    CREATE TRIGGER audit_logindex_immutable BEFORE UPDATE OR DELETE ON audit_logindex
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
    CREATE TRIGGER audit_checkpoint_immutable BEFORE UPDATE OR DELETE ON audit_checkpoint
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
NOT_IMMUTABLE = """
    DROP TRIGGER audit_checkpoint_immutable ON audit_checkpoint;
    DROP TRIGGER audit_logindex_immutable ON audit_logindex;
    DROP TRIGGER audit_event_immutable ON audit_event;
    DROP FUNCTION audit_refuse_change();
"""

CONTIGUOUS = """
    CREATE FUNCTION audit_require_contiguous_indexes() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        lowest bigint;
        highest bigint;
        indexes bigint;
    BEGIN
        SELECT min(index), max(index), count(*) INTO lowest, highest, indexes FROM given;
        IF indexes = 0 THEN
            RETURN NULL;
        END IF;
        IF highest - lowest + 1 <> indexes
           OR lowest < 0
           OR (lowest > 0 AND NOT EXISTS (SELECT FROM public.audit_logindex WHERE index = lowest - 1)) THEN
            RAISE EXCEPTION 'the log has no holes: indexes % to % refused', lowest, highest
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$;

    CREATE TRIGGER audit_logindex_contiguous AFTER INSERT ON audit_logindex
        REFERENCING NEW TABLE AS given
        FOR EACH STATEMENT EXECUTE FUNCTION audit_require_contiguous_indexes();
"""
NOT_CONTIGUOUS = """
    DROP TRIGGER audit_logindex_contiguous ON audit_logindex;
    DROP FUNCTION audit_require_contiguous_indexes();
"""

NONE_LOST = """
    CREATE FUNCTION audit_require_index_of_dequeued() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        lost boolean;
    BEGIN
        -- Planned anew each time: the plan for a whole night's events would be kept for the next three.
        EXECUTE 'SELECT EXISTS (SELECT FROM dequeued WHERE NOT EXISTS (
                     SELECT FROM public.audit_logindex WHERE event_id = dequeued.event_id))' INTO lost;
        IF lost THEN
            RAISE EXCEPTION 'an event leaves the queue with its index only'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$;

    CREATE TRIGGER audit_unsealedevent_none_lost AFTER DELETE ON audit_unsealedevent
        REFERENCING OLD TABLE AS dequeued
        FOR EACH STATEMENT EXECUTE FUNCTION audit_require_index_of_dequeued();
"""
SOME_LOST = """
    DROP TRIGGER audit_unsealedevent_none_lost ON audit_unsealedevent;
    DROP FUNCTION audit_require_index_of_dequeued();
"""

ONLY_LARGER = """
    CREATE FUNCTION audit_require_larger_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.size <= (SELECT max(size) FROM public.audit_checkpoint)
           OR (NEW.size > 0 AND NOT EXISTS (SELECT FROM public.audit_logindex WHERE index = NEW.size - 1)) THEN
            RAISE EXCEPTION 'a checkpoint covers more entries than the last one, all of them in the log: % refused',
                NEW.size USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;

    CREATE TRIGGER audit_checkpoint_larger BEFORE INSERT ON audit_checkpoint
        FOR EACH ROW EXECUTE FUNCTION audit_require_larger_checkpoint();
"""
NOT_ONLY_LARGER = """
    DROP TRIGGER audit_checkpoint_larger ON audit_checkpoint;
    DROP FUNCTION audit_require_larger_checkpoint();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_grants")]
    operations = [
        migrations.RunSQL(QUEUE, NO_QUEUE),
        migrations.RunSQL(IMMUTABLE, NOT_IMMUTABLE),
        migrations.RunSQL(CONTIGUOUS, NOT_CONTIGUOUS),
        migrations.RunSQL(NONE_LOST, SOME_LOST),
        migrations.RunSQL(ONLY_LARGER, NOT_ONLY_LARGER),
    ]
