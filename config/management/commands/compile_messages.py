"""`compile_messages`: the catalogues in the form Django reads, without gettext."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import translations


class Command(BaseCommand):
    help = "Compile every catalogue in locale/ that is newer than its compiled form."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        for file in translations.compile_catalogs(settings.BASE_DIR):
            self.stdout.write(str(file.relative_to(settings.BASE_DIR)))
