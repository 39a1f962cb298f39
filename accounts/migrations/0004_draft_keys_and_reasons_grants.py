"""The application reads and makes keys of drafts and reasons; readers of the database have no rights on them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_draft_keys_and_reasons")]

    operations = [
        migrations.RunSQL(
            "GRANT SELECT, INSERT ON accounts_draftkey, accounts_reason TO hattama_app",
            "REVOKE ALL ON accounts_draftkey, accounts_reason FROM hattama_app",
        )
    ]
