"""What a certificate says, in the language of the page: for pages and for print alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from audit.selectors import index_of
from results.certification.selectors import certificates_in, stands, waits, withdrawn
from results.models import Certificate, Opinion
from stations.domain.layout import VOTES
from stations.models import Area, Choice, Contest, FormLine
from stations.selectors import layouts_of
from tallies.models import Explanation
from tallies.selectors.explained import ExplainedWarning, explained_in_versions


@dataclass(frozen=True)
class Row:
    """A line of the protocol with its figure."""

    number: int
    name: str
    figure: int


@dataclass(frozen=True)
class Dissent:
    """A dissenting opinion. Words that the law had erased are empty."""

    number: int
    role: str
    at: datetime
    words: str


@dataclass(frozen=True)
class Beneath:
    """A certificate of the level below that this one rests on."""

    area: Area
    certificate: Certificate


@dataclass(frozen=True)
class Withdrawal:
    """What withdrew a certificate: the kind of change, the station it was about (empty for none), and when."""

    kind: str
    station: str
    at: datetime


@dataclass(frozen=True)
class Told:
    """A certificate with everything it says. `log_index` is the place of its signature in the log."""

    certificate: Certificate
    contest: Contest
    area: Area
    lines: list[Row]
    votes: list[Row]
    opinions: list[Dissent]
    explained: list[ExplainedWarning]
    beneath: list[Beneath]
    withdrawal: Withdrawal | None
    log_index: int | None

    @property
    def stands(self) -> bool:
        return stands(self.certificate)

    @property
    def waits(self) -> bool:
        return waits(self.certificate)


def tell(certificate: Certificate, contest: Contest, area: Area, *, using: str = "default") -> Told:
    """Return what a certificate says."""
    lines, votes = rows_of(contest, certificate.figures, using=using)
    return Told(
        certificate=certificate,
        contest=contest,
        area=area,
        lines=lines,
        votes=votes,
        opinions=opinions_on(certificate, using=using),
        explained=explained_in_versions(certificate.versions, using=using) if certificate.versions else [],
        beneath=_beneath(certificate, using),
        withdrawal=_withdrawal(certificate) if withdrawn(certificate) else None,
        log_index=None if waits(certificate) else index_of(certificate.signature.certified.event_id, using),
    )


def rows_of(contest: Contest, figures: Sequence[int], *, using: str = "default") -> tuple[list[Row], list[Row]]:
    """Return the figures of a layout with their names: the lines of the protocol, then the votes."""
    by_code = layouts_of([contest.pk])[contest.pk].mapping(list(figures))
    lines = [
        Row(number, line.name, by_code.get(line.code, 0))
        for number, line in enumerate(
            FormLine.objects.using(using).filter(form=contest.form_id).order_by("position"), start=1
        )
    ]
    votes = [
        Row(number, choice.name, by_code.get(VOTES + choice.code, 0))
        for number, choice in enumerate(
            Choice.objects.using(using).filter(contest=contest).order_by("position"), start=len(lines) + 1
        )
    ]
    return lines, votes


def opinions_on(certificate: Certificate, *, using: str = "default") -> list[Dissent]:
    """Return the dissenting opinions on a certificate, the first one first."""
    rows = list(
        Opinion.objects.using(using)
        .filter(certificate=certificate.pk)
        .order_by("number")
        .values_list("number", "role", "at", "event_id")
    )
    words = dict(
        Explanation.objects.using(using).filter(event__in=[row[3] for row in rows]).values_list("event_id", "text")
    )
    return [Dissent(number, role, at, words.get(event_id, "")) for number, role, at, event_id in rows]


def _beneath(certificate: Certificate, using: str) -> list[Beneath]:
    found = certificates_in(certificate.rests_on, using=using)
    areas = Area.objects.using(using).in_bulk([each.area_id for each in found.values()])
    return [Beneath(areas[found[pk].area_id], found[pk]) for pk in certificate.rests_on]


def _withdrawal(certificate: Certificate) -> Withdrawal:
    end = certificate.signature.certified.end
    cause = orjson.loads(bytes(end.cause.entry))
    return Withdrawal(cause["kind"], cause.get("station", ""), end.at)
