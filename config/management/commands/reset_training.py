"""`reset_training`: everything that was practised goes, and practice begins again with the same election and people."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console

from audit.services import AnotherPublisher
from config.management.commands.load_training import (
    add_arguments_of_practice,
    common_password,
    require_place_for_links,
    tell,
)
from config.practice import NoOwner, NotATrainingSystem, NothingToPractise, begin_again, people_without_password


class Command(BaseCommand):
    help = _("Wipe all practice and begin again. People keep how they sign in. Refuses a real system.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments_of_practice(parser)

    def handle(self, *_args: Any, out: Path | None, **options: Any) -> None:
        try:
            require_place_for_links(out, needed=people_without_password() > 0)
            begun = begin_again(password=common_password(), day=options["date"], now=timezone.now())
        except NotATrainingSystem as refusal:
            raise CommandError(
                _("Nothing was wiped: this is a real system, or its folders are. Only a training system begins again.")
            ) from refusal
        except NothingToPractise as refusal:
            raise CommandError(_("There is nothing to practise: run load_training first.")) from refusal
        except NoOwner as refusal:
            raise CommandError(_("Tables are emptied by their owner: set DATABASE_OWNER_URL.")) from refusal
        except ValidationError as weak:
            raise CommandError("HATTAMA_TRAINING_PASSWORD: " + " ".join(weak.messages)) from weak
        except AnotherPublisher as refusal:
            raise CommandError(_("A publisher is at work. Stop the training system's processes first.")) from refusal
        tell(begun, out, Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True))
