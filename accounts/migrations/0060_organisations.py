"""Who sent an observer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_draft_keys_and_reasons_grants")]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="organisation",
            field=models.CharField(db_default="", default="", max_length=200),
        ),
    ]
