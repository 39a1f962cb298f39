"""Queries: everybody who may observe reads them, the commission answers them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from accounts.models import Appointment, User
from accounts.selectors import appointment_for
from stations.models import Election, Station
from stations.templatetags import written
from tallies.domain.patterns import Pattern, Said
from tallies.models import Explanation, ProtocolVersion, Query, QueryClosing
from tallies.paper import Paper, paper_of
from tallies.query_forms import ANSWER_WORDS, PATTERN_WORDS, AnswerForm, QueryFilter
from tallies.refusals import Refusal
from tallies.selectors import Narrowed, districts_in, scope_of
from tallies.selectors.patterns import said_in
from tallies.selectors.queries import Asked, Shown, count_open_queries, queries_in
from tallies.services.close_query import close_query
from tallies.strip_plot import StripPlot, strip_plot
from tallies.views.place import scope_for

READER = "reader"
QUERIES_ON_A_PAGE = 50


@dataclass(frozen=True)
class LineOfTwo:
    """A line of the paper in two protocols."""

    number: int
    name: str
    figures: tuple[int | None, int | None]

    @property
    def is_equal(self) -> bool:
        return self.figures[0] == self.figures[1]


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def queries(request: HttpRequest) -> HttpResponse:
    """`/queries/?shown=…&kind=…&district=…&page=…`"""
    election, scope = scope_for(request, Permission.OBSERVE, now=timezone.now())
    asked = QueryFilter({"shown": Shown.OPEN.value, **request.GET.dict()}, districts_in(scope))
    asked.is_valid()
    given = asked.cleaned_data
    district = given.get("district")
    narrowed = Narrowed(district_id=district.pk if district else None)
    wanted = Asked(Shown(given.get("shown") or Shown.OPEN), given.get("kind", ""), narrowed)
    page = Paginator(queries_in(scope, wanted, using=READER), QUERIES_ON_A_PAGE).get_page(request.GET.get("page"))
    listed = list(page.object_list)
    closings = _closings([query.pk for query in listed])
    counts = count_open_queries(scope, narrowed, using=READER)
    context = {
        "filter": asked,
        "page": page,
        "listed": [
            (query, PATTERN_WORDS[Pattern(query.kind)], told(query), closings.get(query.pk)) for query in listed
        ],
        "counts": [(kind.value, words, counts.get(kind.value, 0)) for kind, words in PATTERN_WORDS.items()],
        "total": sum(counts.values()),
        "address": urlencode(
            {name: getattr(value, "code", value) for name, value in given.items() if value and name != "page"}
        ),
        "district": district.code if district else "",
    }
    return _rendered(request, "tallies/queries/list.html", election, context)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def query(request: HttpRequest, query_id: int) -> HttpResponse:
    """`/queries/<id>/`: what is asked about, beside what it is compared with."""
    election, found = _found(request, query_id, Permission.OBSERVE)
    return _page(request, election, found, AnswerForm())


@needs(Permission.CLOSE_QUERY)
@require_POST
def answer_query(request: HttpRequest, query_id: int) -> HttpResponse:
    """`/queries/<id>/close/`: close it with an answer and a reason."""
    election, found = _found(request, query_id, Permission.CLOSE_QUERY)
    appointment = _closer(request, found)
    if appointment is None or not isinstance(request.user, User):
        raise Http404
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, election, found, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        close_query(
            query=Query.objects.get(pk=found.pk),
            answer=QueryClosing.Answer(form.cleaned_data["answer"]),
            reason=form.cleaned_data["reason"],
            by=request.user,
            role=appointment.role,
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _page(request, election, found, AnswerForm(), refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("The query is closed. No figure has changed."))
    return redirect("tallies:query", query_id=query_id)


def _found(request: HttpRequest, query_id: int, permission: Permission) -> tuple[Election, Query]:
    """Return a query that one of the person's appointments covers. Raises Http404."""
    election, _scope = scope_for(request, permission, now=timezone.now())
    scope = scope_of(request.user, permission, election, now=timezone.now())  # type: ignore[arg-type]
    found = queries_in(scope, Asked(Shown.ALL), using=READER).filter(pk=query_id).first()
    if found is None:
        raise Http404
    return election, found


def _closer(request: HttpRequest, found: Query) -> Appointment | None:
    """Return the appointment by which this person may close a query: of the commission of either station."""
    if not isinstance(request.user, User):
        return None
    for station_id in (found.station_id, found.other_station_id):
        if station_id is not None:
            appointment = appointment_for(
                request.user,
                Permission.CLOSE_QUERY,
                station_id=station_id,
                contest_id=found.contest_id,
                now=timezone.now(),
            )
            if appointment:
                return appointment
    return None


def _page(
    request: HttpRequest,
    election: Election,
    found: Query,
    form: AnswerForm,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    closing = _closings([found.pk]).get(found.pk)
    appointment = _closer(request, found)
    paper = paper_of(found.contest_id, revision=election.revision)
    context: dict[str, Any] = {
        "query": found,
        "words": PATTERN_WORDS[Pattern(found.kind)],
        "told": told(found),
        "choice": _choice(paper, found),
        "numbers": _numbers(found),
        "closing": closing,
        "answer_words": ANSWER_WORDS.get(QueryClosing.Answer(closing.answer)) if closing and closing.answer else None,
        "reasons": list(Explanation.objects.using(READER).filter(event=closing.event_id).defer("salt"))
        if closing
        else [],
        "may_answer": appointment is not None and closing is None,
        "may_see_desk": appointment is not None,
        "form": form,
        "refusal": refusal,
    }
    if found.kind == Pattern.IDENTICAL:
        context["lines"] = _both(paper, found)
    elif found.kind in {Pattern.TURNOUT, Pattern.SHARE}:
        context["plot"] = _plot(found, paper)
    return _rendered(request, "tallies/queries/query.html", election, context, status)


def _closings(query_ids: list[int]) -> dict[int, QueryClosing]:
    closings = QueryClosing.objects.using(READER).filter(query__in=query_ids).defer("by")
    return {closing.query_id: closing for closing in closings}


def _numbers(found: Query) -> dict[int, int]:
    """Return the numbers of the versions asked about, by their ids."""
    versions = [version for version in (found.version_id, found.other_version_id) if version]
    return dict(ProtocolVersion.objects.using(READER).filter(pk__in=versions).values_list("pk", "number"))


def _both(paper: Paper, found: Query) -> list[LineOfTwo]:
    versions = (
        ProtocolVersion.objects.using(READER).only("figures").in_bulk([found.version_id, found.other_version_id or 0])
    )
    one, other = versions[found.version_id].figures, versions[found.other_version_id or 0].figures
    return [
        LineOfTwo(line.number, line.name, pair)
        for line, pair in zip(paper.all_lines, zip(one, other, strict=True), strict=True)
    ]


def _choice(paper: Paper, found: Query) -> str:
    code = found.figures.get("choice")
    line = paper.by_code.get(f"votes:{code}") if code else None
    return line.name if line else ""


def _plot(found: Query, paper: Paper) -> StripPlot | None:
    """Draw the district as it stands now."""
    said = said_in([found.contest_id], area=found.area_id, using=READER).get(found.contest_id, [])
    codes = dict(Station.objects.using(READER).filter(area=found.area_id).values_list("pk", "code"))
    shares = [(codes[each.station], share) for each in said if (share := _share(found, each, paper)) is not None]
    return strip_plot(shares, found.station.code)


def _share(found: Query, said: Said, paper: Paper) -> float | None:
    if found.kind == Pattern.TURNOUT:
        return said.turnout
    choice = paper.form.layout.choices.index(found.figures["choice"])
    return said.share(choice) if sum(said.votes) else None


def told(found: Query) -> str:
    """Return how far the pattern goes, in a sentence of the page's language."""
    figures = found.figures
    match Pattern(found.kind):
        case Pattern.IDENTICAL:
            return str(_("Every choice has the same votes, %(votes)s in all.") % {"votes": figures["votes_total"]})
        case Pattern.TURNOUT:
            values = {"turnout": _percent(figures["turnout"]), "median": _percent(figures["median"])}
            return _("Turnout %(turnout)s; the median of the district's other stations is %(median)s.") % values
        case Pattern.SHARE:
            values = {"share": _percent(figures["share"]), "median": _percent(figures["median"])}
            return _("%(share)s of the votes; the median of the district's other stations is %(median)s.") % values
        case Pattern.BELOW_REPORTED:
            return _("%(issued)s ballots issued; %(reported)s voters were reported during the day.") % dict(figures)


def _percent(thousandths: int) -> str:
    return written.percent(Fraction(thousandths, 1000))


def _rendered(
    request: HttpRequest, template: str, election: Election, context: dict[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    with timezone.override(ZoneInfo(election.time_zone)):
        return render(request, template, {"election": election, **context}, status=status)
