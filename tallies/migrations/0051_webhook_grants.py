"""Rights on webhooks and their outbox: the application alone. They hold secrets, so readers see nothing of them."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON tallies_webhook, tallies_webhookdelivery TO hattama_app;
"""

REVOKES = """
REVOKE ALL ON tallies_webhook, tallies_webhookdelivery FROM hattama_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tallies", "0050_webhooks")]

    operations = [migrations.RunSQL(GRANTS, REVOKES)]
