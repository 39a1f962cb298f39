"""What each database role may do with the log. Nobody is granted UPDATE, DELETE or TRUNCATE of what is recorded."""

from django.db import migrations

GRANTS = """
    GRANT SELECT, INSERT ON audit_event, audit_logindex, audit_checkpoint TO hattama_app;
    GRANT SELECT, DELETE ON audit_unsealedevent TO hattama_app;
    GRANT SELECT, INSERT, UPDATE ON audit_disclosure TO hattama_app;
    GRANT SELECT ON audit_event, audit_logindex, audit_checkpoint, audit_unsealedevent, audit_disclosure
        TO hattama_reader;
"""
REVOKES = """
    REVOKE ALL ON audit_event, audit_logindex, audit_checkpoint, audit_unsealedevent, audit_disclosure
        FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(GRANTS, REVOKES)]
