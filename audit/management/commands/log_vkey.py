"""`log_vkey`: the public key that the log's checkpoints are verified with."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from audit.log_folder import LogFolder
from audit.signer import NoKey, Signer


class Command(BaseCommand):
    help = "Print the log's public key (a C2SP vkey)."

    def handle(self, *_args: object, **_options: object) -> None:
        """Print the key's vkey, or the published one where the key itself is kept elsewhere."""
        try:
            vkey = str(Signer(settings.LOG_KEY_FILE, settings.LOG_ORIGIN).verifier_key)
        except (NoKey, PermissionError):
            vkey = LogFolder(settings.LOG_DIR).vkey() or ""
        if not vkey:
            raise CommandError(_("The log has no key yet. The publisher makes it: run publish_log once."))
        self.stdout.write(vkey)
