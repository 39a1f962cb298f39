from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0021_check_set_grants"),
        ("tallies", "0021_photograph_grants"),
    ]

    operations = [
        migrations.AddField(
            model_name="protocolversion",
            name="check_set",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
    ]
