"""The mark itself: this database is for practice if it is prepared by a training system, for a real election if not.

A database with a log in it already was made before there were marks, and is a real one.
"""

from django.conf import settings
from django.db import migrations
from django.utils import timezone

from config.mark import WrongDatabase, holds_a_log


def mark(apps, schema_editor):
    connection = schema_editor.connection
    if settings.TRAINING and holds_a_log(connection):
        raise WrongDatabase.of_an_election(connection.settings_dict["NAME"])
    apps.get_model("config", "DatabaseMark").objects.using(connection.alias).create(
        training=settings.TRAINING, marked_at=timezone.now()
    )


class Migration(migrations.Migration):
    dependencies = [("config", "0001_mark")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
