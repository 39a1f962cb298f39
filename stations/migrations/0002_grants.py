"""What each role may do with the registry. Nobody deletes: a loaded election stays."""

from django.db import migrations

TABLES = (
    "election", "area", "station", "form", "formline", "formcheck", "contest", "choice", "candidate", "ballot",
)
NAMES = "name_en, name_kk, name_ru"
AMENDABLE = {
    "election": f"{NAMES}, package_sha256, revision",
    "area": NAMES,
    "station": f"{NAMES}, area_id, registered_voters, address_en, address_kk, address_ru, phone, opens, closes",
    "formline": NAMES,
    "formcheck": "message_en, message_kk, message_ru, law",
    "contest": f"{NAMES}, colour",
    "choice": f"{NAMES}, party, colour, withdrawn",
    "candidate": NAMES,
}


def _statements() -> list[str]:
    tables = ", ".join(f"stations_{table}" for table in TABLES)
    updates = [
        f"GRANT UPDATE ({columns}) ON stations_{table} TO hattama_app" for table, columns in AMENDABLE.items()
    ]
    return [
        f"GRANT SELECT, INSERT ON {tables} TO hattama_app",
        f"GRANT SELECT ON {tables} TO hattama_reader",
        *updates,
    ]


class Migration(migrations.Migration):
    dependencies = [("stations", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=_statements(),
            reverse_sql=[
                f"REVOKE ALL ON {', '.join(f'stations_{table}' for table in TABLES)} FROM hattama_app, hattama_reader"
            ],
        )
    ]
