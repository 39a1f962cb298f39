"""An amendment may change the words of a law in every language, and the words of quotas."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stations", "0080_laws_by_language")]

    operations = [
        migrations.RunSQL(
            """
            GRANT UPDATE (law_kk, law_ru) ON stations_formcheck TO hattama_app;
            GRANT UPDATE (quotas) ON stations_election TO hattama_app;
            """,
            """
            REVOKE UPDATE (law_kk, law_ru) ON stations_formcheck FROM hattama_app;
            REVOKE UPDATE (quotas) ON stations_election FROM hattama_app;
            """,
        )
    ]
