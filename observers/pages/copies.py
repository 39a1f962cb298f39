"""Own copies: figures that observers hold, against the protocols. Nothing of it is kept on the server.

What comes in is compared and shown, and goes with the answer. Only what an observer turns into a complaint stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import needs, permissions_held, require
from accounts.domain.roles import Permission
from audit.models import Checkpoint
from audit.selectors import latest_checkpoint
from observers.dataset import StationRow, dataset
from observers.domain.copies import MOST_COPIES, Agreement, CopyProblem, Fault, OwnCopy, differences, read_copies
from observers.downloads import download
from observers.moments import Chosen, chosen, contest_asked
from observers.pages.copy_forms import CopiesForm, CopyForm
from observers.pages.copy_proofs import (
    NO_PROOFS,
    PROOFS,
    ComparedCopy,
    comparison_table,
    copies_csv,
    proofs_answer,
    proved,
    proved_differences,
)
from observers.pages.frame import may, page, page_about
from observers.scope import observed
from results.public.ground import READER
from results.public.protocol import protocol_of
from results.public.registry import choices_of, lines_of
from results.public.showing import Basis, Status
from stations.domain.layout import VOTES
from stations.models import Contest, FormLine, Station
from tallies.selectors.receipts import Record, records_at, records_in_force


@needs(Permission.OBSERVE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def copies(request: HttpRequest) -> HttpResponseBase:
    """`/observe/copies/?contest=…`: paste or send many copies, and see at once which agree."""
    about = chosen(request)
    named = named_figures(about.contest)
    context: dict[str, Any] = {
        "named": named,
        "most": MOST_COPIES,
        "columns": ",".join(["station", *(code for code, _name in named)]),
    }
    if request.method != "POST":
        return page_about(request, "observers/copies.html", about, {**context, "form": CopiesForm()})
    form = CopiesForm(request.POST, request.FILES)
    if not form.is_valid():
        return page_about(request, "observers/copies.html", about, {**context, "form": form}, status=422)
    found, problems = read_copies(form.text, _headings(about.contest, named))
    compared, unknown = _compare(request, about, found, dict(named))
    if request.POST.get("format") == PROOFS:
        return proofs_answer(about, compared, named)
    file = download(request, comparison_table(about.title, compared))
    if file:
        return file
    outcomes = Counter(each.agreement for each in compared)
    context |= {
        "form": form,
        "compared": compared,
        "again": copies_csv(about.contest.code, [each.copy for each in compared], named),
        "pinned": urlencode({"contest": about.contest.code, "size": about.size}),
        "proved": proved_differences(about, compared),
        "no_proofs": NO_PROOFS,
        "problems": [*map(_sentence, problems), *unknown],
        "outcomes": [(agreement.value, outcomes[agreement]) for agreement in Agreement],
        "is_done": True,
    }
    return page_about(request, "observers/copies.html", about, context)


@needs(Permission.OBSERVE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def one_copy(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/observe/copies/<station>/<contest>/`: key one copy in."""
    election, scope = observed(request)
    found = contest_asked(scope, contest)
    where = Station.objects.using(READER).filter(election=election, code=station, ballots__contest=found).first()
    if where is None:
        raise Http404
    require(request.user, Permission.OBSERVE, station=where, contest=found)
    named = named_figures(found)
    form = CopyForm(named, request.POST if request.method == "POST" else None)
    protocol = protocol_of(found, where, Basis(Status.LIVE))
    context: dict[str, Any] = {"form": form, "station": where, "contest": found, "state": protocol.state.value}
    if form.is_bound and form.is_valid() and form.figures:
        in_force = protocol.in_force
        own = form.figures
        order = [code for code, _name in named]
        different = differences(own, in_force.figures, order) if in_force else ()
        agreement = Agreement.ABSENT if in_force is None else Agreement.DIFFERS if different else Agreement.AGREES
        checkpoint = latest_checkpoint(using=READER)
        record = _sealed_record(found, where, checkpoint) if in_force else None
        context |= {
            "is_done": True,
            "no_proofs": NO_PROOFS,
            "proved": proved(found.code, {where.code: record} if record else {}, checkpoint),
            "compared": ComparedCopy(
                OwnCopy(1, where.code, own),
                agreement,
                protocol.state.value,
                [(dict(named)[each.code], each) for each in different],
                record,
                _complaint_url(where.code, found.code, own) if may(request, Permission.COMPLAIN, where, found) else "",
            ),
        }
    elif form.is_bound and form.is_valid():
        context["is_empty"] = True
    status = 422 if form.is_bound and not context.get("is_done") else 200
    return page(request, "observers/copy.html", election, context, status)


def _compare(
    request: HttpRequest, about: Chosen, found: Sequence[OwnCopy], names: Mapping[str, str]
) -> tuple[list[ComparedCopy], list[str]]:
    rows = {row.code: row for row in dataset(about).rows}
    may_complain = Permission.COMPLAIN in permissions_held(request, request.user)  # type: ignore[arg-type]
    held, unknown = [], []
    for copy in found:
        row = rows.get(copy.station)
        if row is None:
            words = {"line": copy.line, "station": copy.station[:80], "contest": about.contest.code}
            unknown.append(_("Line %(line)d: there is no station %(station)s in %(contest)s that you observe.") % words)
            continue
        held.append((copy, row))
    in_force = [row.id for _copy, row in held if row.figures is not None]
    records = records_at(about.contest.pk, in_force, size=about.size, using=READER)
    compared = [
        _one(copy, row, records.get(row.id), names, about.contest, may_complain=may_complain) for copy, row in held
    ]
    order = {Agreement.DIFFERS: 0, Agreement.ABSENT: 1, Agreement.AGREES: 2}
    return sorted(compared, key=lambda each: (order[each.agreement], each.copy.station)), unknown


def _one(
    copy: OwnCopy,
    row: StationRow,
    record: Record | None,
    names: Mapping[str, str],
    contest: Contest,
    *,
    may_complain: bool,
) -> ComparedCopy:
    different = differences(copy.figures, row.figures, list(names)) if row.figures is not None else ()
    agreement = Agreement.ABSENT if row.figures is None else Agreement.DIFFERS if different else Agreement.AGREES
    url = _complaint_url(copy.station, contest.code, copy.figures) if may_complain and different else ""
    named = [(names[each.code], each) for each in different]
    return ComparedCopy(copy, agreement, row.state.value, named, record if row.figures is not None else None, url)


def _sealed_record(contest: Contest, station: Station, checkpoint: Checkpoint | None) -> Record | None:
    """The record of the version that is in force now, where the checkpoint covers it already."""
    if checkpoint is None:
        return None
    now = records_in_force(contest.pk, station.pk, using=READER)[-1]
    return now if now.index is not None and now.index < checkpoint.size else None


def _complaint_url(station: str, contest: str, figures: Mapping[str, int]) -> str:
    """The form of a complaint with the copy filled in: it is sent, and kept, only if the observer sends it."""
    address = reverse("tallies:register_complaint", args=[station, contest])
    return f"{address}?{urlencode({f'figure-{code}': value for code, value in figures.items()})}"


def named_figures(contest: Contest) -> list[tuple[str, str]]:
    """Return codes and names of a protocol's figures, in the order of the form."""
    lines = [(line.code, line.name) for line in lines_of(contest)]
    return lines + [(VOTES + choice.code, choice.name) for choice in choices_of(contest)]


def _headings(contest: Contest, named: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what a column may be called: the code of a figure, or its name in any of the three languages."""
    headings = {code.lower(): code for code, _name in named}
    for line in FormLine.objects.using(READER).filter(form=contest.form_id):
        headings |= {name.lower(): line.code for name in (line.name_en, line.name_kk, line.name_ru)}
    for choice in choices_of(contest):
        names = (choice.name_en, choice.name_kk, choice.name_ru, choice.code)
        headings |= {name.lower(): VOTES + choice.code for name in names if name.lower() not in headings}
    return headings


def _sentence(problem: CopyProblem) -> str:
    words = {"line": problem.line, "column": problem.column[:80], "most": MOST_COPIES}
    sentences = {
        Fault.NO_STATION_COLUMN: _("Line 1: there is no column “station” with the numbers of the stations."),
        Fault.UNKNOWN_COLUMN: _("Line 1: the protocol has no line “%(column)s”; the column is left out."),
        Fault.NOT_A_NUMBER: _("Line %(line)d, %(column)s: this is not a whole number; the cell is left out."),
        Fault.NO_STATION: _("Line %(line)d: there is no station; the line is left out."),
        Fault.TWICE: _("Line %(line)d: this station is there twice; the line is left out."),
        Fault.TOO_MANY: _("Line %(line)d: only %(most)d copies are compared at once."),
    }
    return sentences[problem.fault] % words
