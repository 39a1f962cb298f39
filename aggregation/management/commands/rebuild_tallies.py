"""`rebuild_tallies`: every tally anew, from the protocols in force."""

from typing import Any

from django.core.management.base import BaseCommand

from aggregation.services import rebuild_tallies


class Command(BaseCommand):
    help = "Recompute every tally from the protocols in force. Safe while workers run."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        self.stdout.write(f"{rebuild_tallies()} tallies rebuilt")
