"""`demo`: the whole system on one machine, and an election night played into it."""

from __future__ import annotations

import locale
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _
from rich.console import Console

from config.data_folder import data_folder
from config.demo.front_door import NobodyAnswers
from config.demo.onlooker import NoResult
from config.demo.performance import Performance, Wishes
from config.demo.preparing import PortTaken, prepared_election, require_free_port
from config.supervisor import LOOPBACK, ProcessDied, System, running_system
from samples.kz_2023.contests import MAZHILIS_LIST, contests
from stations.models import Election

ALL = "all"
PORT = 8000
USUAL_SECONDS = {False: 240.0, True: 1200.0}
"""How long the night lasts: of the Mazhilis list, of all ballots."""
INTERRUPTED = 130


class Command(BaseCommand):
    help = "Start everything on this machine and play the night of the sample election into it. Ctrl-C stops it."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=PORT, help=f"where the pages are (default {PORT})")
        parser.add_argument(
            "--once", action="store_true", help="play to the end, print result and verdict, exit 0 or 1"
        )
        parser.add_argument(
            "--contests", default=MAZHILIS_LIST, help="codes of contests, with commas; `all` is all five ballots"
        )
        parser.add_argument("--fraction", type=_fraction, default=1.0, help="part of the stations, such as 0.1")
        parser.add_argument("--duration", type=float, help="seconds the night lasts (--once: as fast as it goes)")
        parser.add_argument(
            "--certify", action="store_true", help="then establish every result and publish the final one"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo does not run with production settings: its accounts have a known password.")
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=not sys.stdout.isatty())
        with translation.override(terminal_language()):
            sys.exit(_perform(console, _wishes(options), port=options["port"]))


def _perform(console: Console, wishes: Wishes, *, port: int) -> int:
    """Run the demo to its end and return the exit code. Raises CommandError with a sentence."""
    began = time.monotonic()
    try:
        require_free_port(LOOPBACK, port)
        console.print(_("Everything is being started. Ctrl-C stops it."))
        election = prepared_election(console)
        with running_system(data_folder(), port=port) as system:
            return _play(Performance(console, system, wishes, began=began), election, system)
    except (PortTaken, ProcessDied, TimeoutError, NobodyAnswers, NoResult) as reason:
        raise CommandError(str(reason)) from reason
    except KeyboardInterrupt:
        return INTERRUPTED if wishes.once else 0


def _play(performance: Performance, election: Election, system: System) -> int:
    try:
        return performance.run(election)
    except NobodyAnswers:
        # The death of a process says more than that nobody answers.
        system.check()
        raise
    except KeyboardInterrupt:
        performance.say(_("Everything is being stopped."))
        raise


def terminal_language() -> str:
    """The language of the terminal where the product speaks it, else English."""
    spoken = (locale.getlocale()[0] or "")[:2]
    return spoken if spoken in dict(settings.LANGUAGES) else "en"


def _wishes(options: dict[str, Any]) -> Wishes:
    known = [contest.code for contest in contests()]
    is_all = options["contests"] == ALL
    wanted = known if is_all else [code.strip() for code in options["contests"].split(",")]
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise CommandError(f"There is no contest {', '.join(unknown)}. Take `{ALL}` or codes such as {known[0]}.")
    if options["certify"] and not (is_all and options["fraction"] == 1):
        raise CommandError("A final result needs every protocol: give --certify together with --contests all.")
    paced = options["duration"] is not None or not options["once"]
    return Wishes(
        once=options["once"],
        contests=tuple(wanted),
        fraction=options["fraction"],
        duration=options["duration"] or USUAL_SECONDS[is_all],
        paced=paced,
        certify=options["certify"],
    )


def _fraction(text: str) -> float:
    try:
        fraction = float(text)
    except ValueError:
        fraction = 0.0
    if not 0 < fraction <= 1:
        raise ArgumentTypeError("give a number above 0 and up to 1, such as 0.1")
    return fraction
