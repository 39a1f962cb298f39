"""`prepare_database`: roles, then migrations. What the init container does before everything else starts."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Make the database roles, then migrate as the owner. Running it again changes nothing."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **options: Any) -> None:
        call_command("create_roles", stdout=self.stdout)
        call_command("migrate", verbosity=options["verbosity"], interactive=False, stdout=self.stdout)
