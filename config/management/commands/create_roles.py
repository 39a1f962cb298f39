"""`create_roles`: the three database roles and the database, before the first migration."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config import environment
from config.roles import SharedCluster, create_roles


class Command(BaseCommand):
    help = "Make the owner, application and reader roles with the passwords of their URLs, and the database."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        urls = {name: environment.text(name) for name in ("DATABASE_SUPERUSER_URL", *environment.ROLES)}
        missing = [name for name, url in urls.items() if not url]
        if missing:
            raise CommandError(_("Missing: %(names)s.") % {"names": ", ".join(missing)})
        passwords = {name: unquote(urlsplit(url).password or "") for name, url in urls.items()}
        try:
            create_roles(
                urls["DATABASE_SUPERUSER_URL"],
                owner=passwords["DATABASE_OWNER_URL"],
                app=passwords["DATABASE_URL"],
                reader=passwords["DATABASE_READER_URL"],
                training=environment.flag("HATTAMA_TRAINING"),
            )
        except SharedCluster as found:
            raise CommandError(
                _("Nothing was done: this cluster holds the database %(name)s. Practice needs a cluster of its own.")
                % {"name": found}
            ) from found
        self.stdout.write(_("The roles are ready."))
