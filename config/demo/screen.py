"""What the terminal shows: tables that move on a terminal, plain lines where the output goes into a file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self

from django.urls import reverse
from django.utils.translation import gettext as _
from rich import box
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from config.demo.cast import Cast
from config.demo.night import Progress
from config.demo.onlooker import Glance, Result
from config.demo.reckoning import NationalResult, percent
from stations.domain.layout import VOTES

BAR = 18  # Characters.
SECONDS_BETWEEN_LINES = 5.0
LOOKS_A_SECOND = 4


@dataclass(frozen=True)
class Named:
    """A region or a choice: its code, its name in the terminal's language, its colour (`#rrggbb` or empty)."""

    code: str
    name: str
    colour: str = ""


@dataclass(frozen=True)
class Picture:
    """One moment of the night, as it is shown."""

    address: str
    glance: Glance
    progress: Progress
    bulletin: int | None = None


class Screen(Protocol):
    """Where the night is shown."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, picture: Picture) -> None:
        """Show this moment instead of the last."""


class MovingTables:
    """For a terminal: one picture that is drawn again and again."""

    def __init__(self, console: Console, title: str, regions: Sequence[Named], choices: Sequence[Named]) -> None:
        self._title, self._regions, self._choices = title, regions, choices
        self._live = Live(console=console, refresh_per_second=LOOKS_A_SECOND)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, picture: Picture) -> None:
        self._live.update(self._drawn(picture))

    def _drawn(self, picture: Picture) -> RenderableType:
        nation = picture.glance.nation
        head = Table.grid(padding=(0, 2))
        head.add_row(_bar(nation, width=3 * BAR), _share(nation.reported, nation.expected), _stations(nation))
        tables = Columns([self._of_choices(nation), self._of_regions(picture.glance.regions)], padding=(0, 3))
        return Panel(
            Group(head, Text(), tables, Text(), Text(_pulse(picture), style="dim")),
            title=self._title,
            subtitle=picture.address,
            box=box.ROUNDED,
            expand=False,
        )

    def _of_choices(self, nation: Result) -> Table:
        votes = {choice.code: nation.figures.get(VOTES + choice.code, 0) for choice in self._choices}
        total = sum(votes.values())
        most = max([*votes.values(), 1])
        table = Table(box=None, padding=(0, 1), pad_edge=False)
        table.add_column(_("Votes"), no_wrap=True)
        table.add_column("", width=BAR)
        table.add_column("", justify="right")
        table.add_column("%", justify="right")
        for choice in sorted(self._choices, key=lambda choice: -votes[choice.code]):
            colour = choice.colour or "white"
            table.add_row(
                Text.assemble(("■ ", colour), choice.name),
                ProgressBar(total=most, completed=votes[choice.code], width=BAR, complete_style=colour),
                grouped(votes[choice.code]),
                decimal(percent(votes[choice.code], total)),
            )
        return table

    def _of_regions(self, results: Mapping[str, Result]) -> Table:
        table = Table(box=None, padding=(0, 1), pad_edge=False)
        table.add_column(_("Stations"), no_wrap=True)
        table.add_column("", width=BAR)
        table.add_column("", justify="right")
        for region in self._regions:
            found = results.get(region.code)
            if found is not None:
                table.add_row(region.name, _bar(found, width=BAR), f"{found.reported}/{found.expected}")
        return table


class PlainLines:
    """For a file or a pipe: a line every few seconds."""

    def __init__(self, console: Console, choices: Sequence[Named]) -> None:
        self._console, self._choices = console, choices
        self._last = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, picture: Picture) -> None:
        if time.monotonic() - self._last < SECONDS_BETWEEN_LINES:
            return
        self._last = time.monotonic()
        nation = picture.glance.nation
        self._console.print(" · ".join([_stations(nation), *self._first(nation), _pulse(picture)]))

    def _first(self, nation: Result) -> list[str]:
        votes = {choice.name: nation.figures.get(VOTES + choice.code, 0) for choice in self._choices}
        leader = max(votes, key=lambda name: votes[name])
        return [f"{leader} {grouped(votes[leader])} ({_share(votes[leader], sum(votes.values()))})"]


def screen_for(console: Console, title: str, *, regions: Sequence[Named], choices: Sequence[Named]) -> Screen:
    """The screen that this terminal, or this file, can show."""
    return MovingTables(console, title, regions, choices) if console.is_terminal else PlainLines(console, choices)


def show_sign_ins(console: Console, address: str, cast: Cast) -> None:
    """Print the address and the ready sign-ins."""
    table = Table(box=box.SIMPLE, pad_edge=False, title=_("Ready sign-ins"), title_justify="left")
    for column in (_("user"), _("password"), _("role"), _("place")):
        table.add_column(column)
    for sign_in in cast.sign_ins:
        table.add_row(sign_in.username, cast.password, sign_in.role, sign_in.place or _("the nation"))
    console.print(table)
    if cast.totp_secret:
        console.print(_("TOTP secret of cec and cec2: %(secret)s") % {"secret": cast.totp_secret})
    console.print(_("Results: %(address)s") % {"address": f"{address}/"})
    console.print(_("Sign in: %(address)s") % {"address": address + reverse("account_login")})


def show_result(console: Console, found: NationalResult) -> None:
    """Print a contest's national result: choices with votes, percent and seats; turnout; stations."""
    table = Table(title=found.contest, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_("list or candidate"))
    table.add_column(_("votes"), justify="right")
    table.add_column("%", justify="right")
    table.add_column(_("seats"), justify="right")
    for line in found.lines:
        seats = "" if line.seats is None else str(line.seats)
        table.add_row(line.name, grouped(line.votes), decimal(line.percent), seats)
    table.add_section()
    table.add_row(_("valid ballots"), grouped(found.valid), "", "")
    console.print(table)
    console.print(_("Turnout: %(percent)s percent") % {"percent": decimal(found.turnout)})
    console.print(_("Stations: %(stations)s") % {"stations": _stations(found.result)})


def grouped(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}"


def decimal(share: Fraction) -> str:
    """A percentage with two decimals, a half rounded up."""
    hundredths = int(share * 100 + Fraction(1, 2))
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _share(part: int, whole: int) -> str:
    return f"{decimal(percent(part, whole))} %"


def _bar(found: Result, *, width: int) -> ProgressBar:
    return ProgressBar(total=max(1, found.expected), completed=found.reported, width=width)


def _stations(found: Result) -> str:
    return _("%(reported)s of %(expected)s in, %(held)s held") % {
        "reported": grouped(found.reported),
        "expected": grouped(found.expected),
        "held": grouped(found.held),
    }


def _pulse(picture: Picture) -> str:
    """How the machine is doing: protocols and decisions so far, their pace, the log, how far the sums are behind."""
    progress = picture.progress
    words = [
        _("%(sent)s sent, %(decided)s decisions") % {"sent": grouped(progress.sent), "decided": progress.decided},
        _("%(pace)d a second") % {"pace": round(progress.sent / max(progress.seconds, 0.001))},
        _("signed log %(size)s") % {"size": grouped(picture.glance.log_size)},
        _("sums behind %(seconds).1f s") % {"seconds": picture.glance.behind_seconds},
    ]
    if picture.bulletin is not None:
        words.append(_("bulletin %(number)d") % {"number": picture.bulletin})
    return " · ".join(words)
