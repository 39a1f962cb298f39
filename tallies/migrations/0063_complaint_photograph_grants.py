"""Rights on photographs of complaints: added to, never changed.

Readers see that they are there, and the hashes that the log has too. Who is shown the pictures decides the page.
"""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT ON tallies_complaintphotograph, tallies_complaintphotographpage TO hattama_app;
GRANT SELECT ON tallies_complaintphotograph, tallies_complaintphotographpage TO hattama_reader;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_complaintphotograph
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON tallies_complaintphotographpage
    FOR EACH ROW EXECUTE FUNCTION tallies_refuse_change();
"""
NO_GRANTS = """
DROP TRIGGER never_changed ON tallies_complaintphotographpage;
DROP TRIGGER never_changed ON tallies_complaintphotograph;
REVOKE ALL ON tallies_complaintphotograph, tallies_complaintphotographpage FROM hattama_app, hattama_reader;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0062_complaint_photographs")]

    operations = [migrations.RunSQL(GRANTS, NO_GRANTS)]
