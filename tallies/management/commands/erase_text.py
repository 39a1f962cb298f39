"""`erase_text`: words that the law orders erased go; the log keeps their salted hash, and that they were erased."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.journal import Journal, JournalDamaged
from audit.services import AnotherPublisher
from tallies.refusals import Refusal
from tallies.services.erase_text import NoSuchText, erase_text


class Command(BaseCommand):
    help = "Erase what a person wrote (a reason, an explanation, a complaint) where the law orders it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("index", type=int, help=_("The place in the log of the entry the text came with."))
        parser.add_argument("subject", help=_("What the entry calls it under texts, such as complaint or return."))
        parser.add_argument("--order", required=True, help=_("Who ordered it, and the document. Logged as a hash."))

    def handle(self, *_args: Any, index: int, subject: str, order: str, **_options: Any) -> None:
        journal = Journal(settings.LOG_JOURNAL_DIR)
        try:
            erased = erase_text(index=index, subject=subject, order=order, journal=journal, now=timezone.now())
        except NoSuchText as reason:
            raise CommandError(
                _("Entry %(index)d of the log came with no text “%(subject)s”.") % {"index": index, "subject": subject}
            ) from reason
        except AnotherPublisher as reason:
            raise CommandError(_("A publisher is at work on this database: stop it first.")) from reason
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        except (JournalDamaged, OSError) as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(
            _("The text is erased, here and in the journal.") if erased else _("The text was erased before.")
        )
        self.stdout.write(_("Backups still hold it: erase those that are older than now, or make them anew."))
