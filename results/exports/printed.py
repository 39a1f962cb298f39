"""A bulletin or a final result as PDF: what is printed, hung up and read out.

It tells the nation and its regions, and the districts where there is one contest only. What lies beneath, single
stations and in a long document the contests within one district, stands in the other formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from results.exports import words
from results.exports.model import (
    AreaTally,
    ChoiceKind,
    ContestKind,
    ExportedChoice,
    ExportedContest,
    ExportedResult,
    Snapshot,
    SnapshotKind,
)
from results.printing.typesetting import qr_svg, typeset
from stations.templatetags.written import number, percent

FORM = Path(__file__).resolve().parent.parent / "printing" / "bulletin.typ"
VOTES = "votes:"
# As many choices as fit beside an area's name; more are told by the other formats.
MOST_COLUMNS = 8
# Where there are more contests, each constituency is told in a row of one table.
MOST_IN_FULL = 40

Json = dict[str, Any]


def pdf(result: ExportedResult, *, language: str) -> bytes:
    """Return the PDF in kk, ru or en. Same result, same bytes."""
    return typeset(FORM, told(result, language=language), at=result.snapshot.made_at)


def told(result: ExportedResult, *, language: str) -> Json:
    """Return all that the printed form shows, as data."""
    snapshot = result.snapshot
    with override(language), timezone.override(ZoneInfo(result.election.time_zone)):
        election = result.election.names.in_language(language)
        address = result.site + _path(snapshot)
        telling = _Telling(result, language)
        return {
            "language": language,
            "title": f"{election}: {words.label_of(snapshot)}",
            "issuer": result.issuer,
            "election": election,
            "label": words.label_of(snapshot),
            "status": words.kind_of(snapshot),
            "as_of": words.as_of(snapshot),
            "training": words.training() if snapshot.training else "",
            "synthetic": words.synthetic() if snapshot.synthetic else "",
            "root": snapshot.as_of.root if snapshot.as_of else "",
            "address": address,
            "qr": qr_svg(address),
            "words": {
                "votes": _("Votes"),
                "share": _("Of valid ballots"),
                "protocol": _("Sum of the protocols"),
                "line": _("Line"),
                "sum": _("Sum"),
                "root": _("Root of the log's tree"),
                "proof": _("Anyone can check this result against the signed log."),
            },
            "contests": [telling.contest(contest) for contest in result.contests if telling.in_full(contest)],
            "rest": telling.rest([contest for contest in result.contests if not telling.in_full(contest)]),
        }


def _path(snapshot: Snapshot) -> str:
    if snapshot.kind is SnapshotKind.BULLETIN:
        return reverse("bulletin-snapshot", kwargs={"number": snapshot.number})
    return reverse("final-snapshot" if snapshot.kind is SnapshotKind.FINAL else "results")


class _Telling:
    def __init__(self, result: ExportedResult, language: str) -> None:
        self._language = language
        self._areas = {area.code: area for area in result.areas}
        self._many = len(result.contests) > MOST_IN_FULL
        self._alone = len(result.contests) == 1

    def in_full(self, contest: ExportedContest) -> bool:
        """Whether a contest has tables of its own: lists always, candidates where there are few contests."""
        return not self._many or contest.kind is ContestKind.PARTY_LIST

    def rest(self, contests: Sequence[ExportedContest]) -> Json:
        """Tell contests in one table: how far each is counted, and the two candidates with the most votes."""
        told = [contest for contest in contests if self._districts(contest) > 1]
        local = len(contests) - len(told)
        note = ngettext(
            "%(count)s contest within a single district is not printed here; the other formats hold it.",
            "%(count)s contests within a single district are not printed here; the other formats hold them.",
            local,
        ) % {"count": number(local)}
        return {
            "title": _("Constituencies"),
            "head": [_("Contest"), _("Stations"), _("Turnout"), _("First"), _("Second")],
            "rows": [self._row(contest) for contest in told],
            "note": note if local else "",
        }

    def _districts(self, contest: ExportedContest) -> int:
        return sum(self._areas[tally.area].level == "district" for tally in contest.tallies)

    def _row(self, contest: ExportedContest) -> list[Any]:
        counts, figures = contest.total.stations, contest.total.figures
        people = [choice for choice in contest.choices if choice.kind is not ChoiceKind.AGAINST_ALL]
        leading = sorted(people, key=_last_against_all_by_votes(figures))[:2]
        told = [self._leading(contest, choice) for choice in leading if figures.get(VOTES + choice.code)]
        return [
            contest.names.in_language(self._language),
            f"{number(counts.reported)} / {number(counts.expected)}",
            percent(_turnout(figures)),
            *told,
            *[["", ""]] * (2 - len(told)),
        ]

    def _leading(self, contest: ExportedContest, choice: ExportedChoice) -> list[str]:
        share = percent(_share(contest, contest.total, choice))
        votes = number(contest.total.figures.get(VOTES + choice.code))
        return [words.choice_words(choice, self._language), f"{votes} · {share}"]

    def contest(self, contest: ExportedContest) -> Json:
        by_lists = contest.kind is ContestKind.PARTY_LIST
        has_seats = contest.seats_by_choice is not None
        figures = contest.total.figures
        return {
            "name": contest.names.in_language(self._language),
            "facts": self._facts(contest),
            "choice_head": _("List") if by_lists else _("Candidate"),
            "seats_head": [_("Seats")] if has_seats else [],
            "choices": list(self._choices(contest)),
            "notes": self._notes(contest),
            "lines": [
                [line.names.in_language(self._language), number(figures.get(line.code))]
                for line in contest.lines
                if line.code in figures
            ],
            "parts": list(self._parts(contest)),
        }

    def _facts(self, contest: ExportedContest) -> list[list[str]]:
        counts, figures = contest.total.stations, contest.total.figures
        facts = [
            [_("Stations counted"), f"{number(counts.reported)} / {number(counts.expected)}"],
            [_("Turnout"), percent(_turnout(figures))],
            [_("Valid ballots"), number(_valid(contest, figures))],
        ]
        if counts.held or counts.annulled:
            facts.append([_("Held / annulled"), f"{number(counts.held)} / {number(counts.annulled)}"])
        return facts

    def _choices(self, contest: ExportedContest) -> Iterator[list[str | None]]:
        figures = contest.total.figures
        valid = _valid(contest, figures)
        for choice in sorted(contest.choices, key=_last_against_all_by_votes(figures)):
            votes = figures.get(VOTES + choice.code, 0)
            row: list[str | None] = [
                words.choice_words(choice, self._language),
                number(votes),
                percent(Fraction(votes, valid) if valid else None),
            ]
            if contest.seats_by_choice is not None:
                against = choice.kind is ChoiceKind.AGAINST_ALL
                row.append(None if against else number(contest.seats_by_choice.get(choice.code, 0)))
            yield row

    def _notes(self, contest: ExportedContest) -> list[str]:
        notes = [_("Percentages are of valid ballots, those against all included.")]
        if contest.seats_by_choice is not None and sum(contest.seats_by_choice.values()) < contest.seats:
            notes.append(_("Seats that wait for lots or for votes belong to nobody yet."))
        return notes

    def _parts(self, contest: ExportedContest) -> Iterator[Json]:
        for level, title in (("region", _("By region")), ("district", _("By district"))):
            tallies = [tally for tally in contest.tallies if self._areas[tally.area].level == level]
            # A region that is the whole electorate has just been told.
            if len(tallies) < 2 or (level == "district" and not self._alone):  # noqa: PLR2004
                continue
            yield {"title": title, **self._table(contest, tallies)}

    def _table(self, contest: ExportedContest, tallies: list[AreaTally]) -> Json:
        choices = sorted(contest.choices, key=_last_against_all_by_votes(contest.total.figures))[:MOST_COLUMNS]
        return {
            "head": [_("Area"), _("Stations"), _("Turnout")],
            "choices": [choice.names.in_language(self._language) for choice in choices],
            "rows": [
                [
                    self._areas[tally.area].names.in_language(self._language),
                    f"{number(tally.stations.reported)} / {number(tally.stations.expected)}",
                    percent(_turnout(tally.figures)),
                    *(percent(_share(contest, tally, choice)) for choice in choices),
                ]
                for tally in tallies
            ],
        }


def _share(contest: ExportedContest, tally: AreaTally, choice: ExportedChoice) -> Fraction | None:
    valid = _valid(contest, tally.figures)
    return Fraction(tally.figures.get(VOTES + choice.code, 0), valid) if valid else None


def _turnout(figures: Mapping[str, int]) -> Fraction | None:
    listed = figures.get("voters_on_list")
    return Fraction(figures["ballots_issued"], listed) if listed and "ballots_issued" in figures else None


def _valid(contest: ExportedContest, figures: Mapping[str, int]) -> int:
    valid = figures.get("ballots_valid")
    return sum(figures.get(VOTES + choice.code, 0) for choice in contest.choices) if valid is None else valid


def _last_against_all_by_votes(figures: Mapping[str, int]) -> Any:
    """Choices by their votes; "against all" last, as on the ballot."""
    return lambda choice: (choice.kind is ChoiceKind.AGAINST_ALL, -figures.get(VOTES + choice.code, 0))
