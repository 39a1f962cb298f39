"""`check_translations`: every text people see is there in every language, and nothing else is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import translations


class Command(BaseCommand):
    help = "Fail with a list of what is missing, empty, fuzzy or no longer used in locale/."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--update", action="store_true", help="Add what is missing, untranslated, and drop what is not used."
        )

    def handle(self, *_args: Any, update: bool, **_options: Any) -> None:
        if update:
            for language in translations.LANGUAGES:
                translations.update(settings.BASE_DIR, language)
        found = [
            problem
            for language in translations.LANGUAGES
            for problem in translations.problems(settings.BASE_DIR, language)
        ]
        for problem in found:
            self.stdout.write(str(problem))
        if found and not update:
            raise CommandError(f"{len(found)} messages are not in order.")
