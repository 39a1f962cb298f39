"""Two entries stay different: the commission sees both, compares them with the paper, and decides."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.lifecycle import State
from tallies.forms import ChoiceOfEntryForm
from tallies.paper import FilledPaper, filled
from tallies.refusals import Refusal
from tallies.selectors import EntriesSeen, open_entry_seen, state_of
from tallies.services import choose_entry
from tallies.services.locking import NothingToDecide
from tallies.views.decisions import desk_protocol_page
from tallies.views.place import Place, place_for


@dataclass(frozen=True)
class LineOfBoth:
    """A line of the paper as two people keyed it."""

    number: str
    name: str
    figures: list[int | None]
    differs: bool


@needs(Permission.DECIDE_HELD)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choose(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/choose/`: both entries side by side, and which of them is put in force."""
    place = place_for(request, station, contest, Permission.DECIDE_HELD)
    seen = open_entry_seen(place.owed)
    if seen is None or seen.state is not State.DIFFERS:
        refusal = NothingToDecide(state_of(place.owed))
        return desk_protocol_page(request, place, refusal=refusal, status=HTTPStatus.CONFLICT)
    form = ChoiceOfEntryForm(request.POST if request.method == "POST" else None)
    form.offer(seen.entries)
    if request.method != "POST":
        return _page(request, place, seen, form)
    if not form.is_valid():
        return _page(request, place, seen, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        chosen = choose_entry(entry_id=form.cleaned_data["entry"], reason=form.cleaned_data["reason"], **place.acting())
    except Refusal as refusal:
        return desk_protocol_page(request, place, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("Version %(number)d is in force and counted.") % {"number": chosen.number})
    return redirect("tallies:desk_protocol", station=station, contest=contest)


def _page(
    request: HttpRequest,
    place: Place,
    seen: EntriesSeen,
    form: ChoiceOfEntryForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    papers = [filled(place.paper, entry.figures, []) for entry in seen.entries]
    context = {**place.names(), "form": form, "seen": seen, "lines": _both(papers)}
    return render(request, "tallies/choose.html", context, status=status)


def _both(papers: list[FilledPaper]) -> list[LineOfBoth]:
    columns = [[*paper.lines, *paper.choices] for paper in papers]
    return [
        LineOfBoth(
            row[0].line.number,
            row[0].line.name,
            [each.figure for each in row],
            differs=len({each.figure for each in row}) > 1,
        )
        for row in zip(*columns, strict=True)
    ]
