"""`manage.py allocate_seats`: the seats for a file of votes, with the way to them. Needs no servers."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from fractions import Fraction
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregation.allocation_sentences import consequence, sentences, shown
from aggregation.domain.seats import (
    METHODS,
    Allocation,
    AllocationRefused,
    Change,
    ChoiceVotes,
    DivisorSheet,
    Margin,
    QuotaSheet,
    StepCode,
    allocate,
    margins,
    worksheet,
)
from aggregation.votes_file import VotesFileRefused, read_votes

LARGEST_HOUSE = 1_000


class Command(BaseCommand):
    help = (
        "Allocates seats among the choices of a CSV file (choice,votes[,registration_order]) and explains every step. "
        "A row `against_all` counts in the threshold's base and wins nothing."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", type=Path, help="file with the columns choice, votes and maybe registration_order")
        parser.add_argument("--seats", type=int, required=True, help="seats to allocate")
        parser.add_argument("--threshold", required=True, help="percent of all valid votes, such as 5 or 3.5")
        parser.add_argument("--method", choices=METHODS, default="hare-kz", help="default: hare-kz (Article 97-1)")
        parser.add_argument("--minimum-runner-up", type=int, help="hare-kz: least seats of the runner-up (default 2)")
        parser.add_argument("--json", action="store_true", help="end with one line of JSON: {choice: seats}")

    def handle(self, **options: Any) -> None:
        try:
            file = read_votes(options["csv"])
            rules = {
                "seats": options["seats"],
                "threshold_percent": options["threshold"],
                "method": options["method"],
                "minimum_runner_up": options["minimum_runner_up"],
            }
            allocation = allocate(votes=file.choices, **rules)
            found = margins(votes=file.choices, **rules) if _is_quick(options["seats"]) else ()
        except (VotesFileRefused, AllocationRefused) as refusal:
            raise CommandError(str(refusal)) from None
        if file.unread_columns:
            columns = ", ".join(file.unread_columns)
            self.stderr.write(_("Columns that play no part: %(columns)s") % {"columns": columns})
        if options["minimum_runner_up"] is not None and options["method"] != "hare-kz":
            self.stderr.write(_("--minimum-runner-up plays no part: only hare-kz has a runner-up."))
        self._show(file.choices, allocation, found)
        if options["json"]:
            seats = {choice.code: allocation.seats[choice.code] for choice in file.choices if not choice.against_all}
            self.stdout.write(json.dumps(seats, ensure_ascii=False))

    def _show(self, choices: tuple[ChoiceVotes, ...], allocation: Allocation, found: tuple[Margin, ...]) -> None:
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        console.print(_table(choices, allocation))
        for number, sentence in enumerate(sentences(allocation), start=1):
            console.print(Text(f"{number:>3}. {sentence}"))
        sheet = worksheet(allocation)
        if isinstance(sheet, QuotaSheet):
            console.print(_quota_table(sheet))
        if isinstance(sheet, DivisorSheet):
            console.print(_divisor_table(sheet))
        if found:
            console.print(_margins_table(found))
        if allocation.unallocated:
            console.print(Text(_undecided(allocation), style="bold"))


def _table(choices: tuple[ChoiceVotes, ...], allocation: Allocation) -> Table:
    title = ngettext("%(seats)d seat by %(method)s", "%(seats)d seats by %(method)s", allocation.total)
    table = Table(title=title % {"seats": allocation.total, "method": allocation.method}, show_footer=True)
    table.add_column(_("choice"), footer=_("total"))
    table.add_column(_("votes"), justify="right", footer=shown(str(sum(choice.votes for choice in choices))))
    table.add_column(_("percent"), justify="right")
    table.add_column(_("seats"), justify="right", footer=str(sum(allocation.seats.values())))
    by_code = {choice.code: choice for choice in choices}
    base = sum(choice.votes for choice in choices) or 1
    passed = {step.choice for step in allocation.steps if step.code is StepCode.PASSED}
    ranked = [*allocation.seats, *(choice.code for choice in choices if choice.against_all)]
    for code in ranked:
        choice = by_code[code]
        table.add_row(
            Text(code),
            shown(str(choice.votes)),
            shown(str(Fraction(100 * choice.votes, base))),
            str(allocation.seats.get(code, "–")),
            style="" if allocation.seats.get(code) or code in passed else "dim",
        )
    return table


def _is_quick(seats: int) -> bool:
    """The smallest changes are found by some thousand allocations: not for a house larger than any there is."""
    return seats <= LARGEST_HOUSE


def _quota_table(sheet: QuotaSheet) -> Table:
    title = _("votes × %(seats)s ÷ %(votes)s") % {"seats": sheet.seats, "votes": shown(str(sheet.votes))}
    table = Table(title=title)
    for name in (_("list"), _("product"), _("quotient"), _("whole seats"), _("remainder"), _("rank"), _("seats")):
        table.add_column(name, justify="left" if name == _("list") else "right")
    for row in sheet.rows:
        figures = (row.product, row.quotient, row.whole, row.rest)
        rank = f"{row.rank} +1" if row.by_remainder else str(row.rank)
        table.add_row(Text(row.choice), *(shown(str(figure)) for figure in figures), rank, str(row.seats))
    return table


def _divisor_table(sheet: DivisorSheet) -> Table:
    table = Table(title=_("every last quotient is at least as large as every next"))
    for name in (_("list"), _("votes"), _("seats"), _("last quotient"), _("next quotient")):
        table.add_column(name, justify="left" if name == _("list") else "right")
    for row in sheet.rows:
        last = f"÷ {row.last_divisor} = {shown(str(row.last))}" if row.last is not None else "–"
        following = f"÷ {row.next_divisor} = {shown(str(row.next))}"
        table.add_row(Text(row.choice), shown(str(row.votes)), str(row.seats), last, following)
    return table


def _margins_table(found: tuple[Margin, ...]) -> Table:
    table = Table(title=_("smallest number of votes that changes a seat, all else equal"))
    for name in (_("choice"), _("votes more"), _("then"), _("votes fewer"), _("then")):
        table.add_column(name, justify="right" if name in (_("votes more"), _("votes fewer")) else "left")
    for margin in found:
        table.add_row(Text(margin.choice), *_change_cells(margin.more), *_change_cells(margin.fewer))
    return table


def _change_cells(change: Change | None) -> tuple[str | Text, str | Text]:
    return ("–", "–") if change is None else (shown(str(change.votes)), Text(consequence(change, {})))


def _undecided(allocation: Allocation) -> str:
    if allocation.lots is None:
        return _("Seats not allocated: %(seats)d.") % {"seats": allocation.unallocated}
    names = ", ".join(allocation.lots.choices)
    return _("Undecided until lots are drawn between %(choices)s: %(seats)d.") % {
        "choices": names,
        "seats": allocation.lots.seats,
    }
