"""`new_secrets`: random passwords and keys for docker-compose.yml, one file each."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from config import environment
from config.roles import APP, OWNER, READER, database_name


class Command(BaseCommand):
    help = "Write random secrets for docker-compose.yml into a folder. What is there already is never overwritten."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--database-host", default="db")
        parser.add_argument("--broker-host", default="broker")

    def handle(self, *_args: Any, folder: Path, database_host: str, broker_host: str, **_options: Any) -> None:
        # The folder is closed, the files in it are open: containers see single files, as users of their own.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        written = new_secrets(database_host=database_host, broker_host=broker_host)
        there = [name for name in written if (folder / name).exists()]
        if there:
            raise CommandError(_("Not overwritten: %(names)s.") % {"names": ", ".join(there)})
        for name, content in written.items():
            (folder / name).write_text(content + "\n")
            (folder / name).chmod(0o444)
        self.stdout.write(_("Written: %(names)s.") % {"names": ", ".join(written)})


def new_secrets(*, database_host: str, broker_host: str) -> dict[str, str]:
    """The content of each secret file, by its name in docker-compose.yml. All random, and the same passwords agree."""

    ours = database_name(training=environment.flag("HATTAMA_TRAINING"))

    def url(role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@{database_host}:5432/{database}"

    superuser, broker = secrets.token_hex(24), secrets.token_hex(24)
    return {
        "secret_key": secrets.token_urlsafe(64),
        "postgres_password": superuser,
        "database_superuser_url": url("postgres", superuser, "postgres"),
        "database_owner_url": url(OWNER, secrets.token_hex(24), ours),
        "database_url": url(APP, secrets.token_hex(24), ours),
        "database_reader_url": url(READER, secrets.token_hex(24), ours),
        "broker_config": f"requirepass {broker}",
        "broker_url": f"redis://:{broker}@{broker_host}:6379/0",
        "metrics_token": secrets.token_urlsafe(32),
    }
