"""`load_training PACKAGE [--officers CSV]`: an election and its people to practise with."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console

from accounts.management.commands.enrol_officers import write_links
from accounts.roster import RosterRefused, read_roster
from aggregation.management.commands.load_election import show, show_problems
from config import environment
from config.practice import Begun, NotATrainingSystem, PractisedAlready, load_practice
from stations.services import PackageRefused


class Command(BaseCommand):
    help = _("Load an election package for practice: open at once, on a day that is over. For training systems only.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("package", type=Path)
        parser.add_argument("--officers", type=Path, help=_("The roster that enrol_officers takes."))
        add_arguments_of_practice(parser)

    def handle(self, *_args: Any, package: Path, officers: Path | None, out: Path | None, **options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True)
        require_place_for_links(out, needed=officers is not None)
        try:
            roster = read_roster(officers) if officers else []
            begun = load_practice(
                package=package, roster=roster, password=common_password(), day=options["date"], now=timezone.now()
            )
        except NotATrainingSystem as refusal:
            raise CommandError(_("This is not a training system: set HATTAMA_TRAINING=1.")) from refusal
        except PractisedAlready as loaded:
            sentence = _("%(code)s is loaded for practice already. To begin again, run reset_training.")
            raise CommandError(sentence % {"code": loaded}) from loaded
        except PackageRefused as refusal:
            show_problems(refusal.problems, console)
            message = _("Nothing was changed: %(count)s problems.") % {"count": len(refusal.problems)}
            raise CommandError(message) from refusal
        except FileNotFoundError as refusal:
            raise CommandError(_("There is no file %s.") % refusal.filename) from refusal
        except RosterRefused as refusal:
            raise CommandError("\n".join(str(problem) for problem in refusal.problems)) from refusal
        except ValidationError as weak:
            raise CommandError("HATTAMA_TRAINING_PASSWORD: " + " ".join(weak.messages)) from weak
        tell(begun, out, console)


def add_arguments_of_practice(parser: ArgumentParser) -> None:
    """The day of practice, and where links go."""
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    parser.add_argument(
        "--date",
        type=dt.date.fromisoformat,
        default=yesterday,
        help=_("Day of the election in practice, such as 2026-03-19. Without it yesterday: every hour has struck."),
    )
    parser.add_argument("--out", type=Path, help=_("File for one-time links; it must not exist yet."))


def require_place_for_links(out: Path | None, *, needed: bool) -> None:
    """Raise CommandError when people would get links and there is no file to write them to."""
    if out is not None and out.exists():
        raise CommandError(_("%s exists already.") % out)
    if needed and out is None and not common_password():
        raise CommandError(_("Name a file for one-time links (--out), or set HATTAMA_TRAINING_PASSWORD for all."))


def common_password() -> str:
    """The one password of practice; empty where everyone gets a link."""
    return environment.text("HATTAMA_TRAINING_PASSWORD")


def tell(begun: Begun, out: Path | None, console: Console) -> None:
    """Say what practice begins with, and write the links of those who have no password."""
    for report in begun.elections:
        show(report, console)
    if out is not None:
        write_links(out, begun.people.links, settings.SITE_URL)
    people = begun.people
    counts = {"created": people.created, "appointed": people.appointed, "unchanged": people.unchanged}
    console.print(_("%(created)d accounts created, %(appointed)d appointed, %(unchanged)d unchanged.") % counts)
