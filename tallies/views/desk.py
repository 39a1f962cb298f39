"""A commission's desk: what in its area is held, returned or missing."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.lifecycle import State
from tallies.forms import DeskFilter
from tallies.selectors import Narrowed, Order, Scope, contests_in, count_by_state, districts_in, owed_in
from tallies.views.place import scope_for

PROTOCOLS_ON_A_PAGE = 50
# A country has thousands of local contests. Beyond these the person first chooses a district.
MOST_CONTESTS_OFFERED = 200
STATES_OFFERED = [
    (DeskFilter.OPEN, _("What is waiting")),
    (State.HELD.value, _("Held")),
    (State.RETURNED.value, _("Returned to the station")),
    (State.AWAITED.value, _("Missing")),
    (State.IN_FORCE.value, _("In force")),
    (State.ANNULLED.value, _("Annulled")),
    (DeskFilter.ALL, _("Everything")),
]


@needs(Permission.SEE_DESK)
@require_safe
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """`/desk/?state=…&district=…&contest=…&page=…`"""
    _election, scope = scope_for(request, Permission.SEE_DESK, now=timezone.now())
    asked, narrowed = _asked(request, scope)
    counts = count_by_state(scope, narrowed)
    states = asked.states()
    page = Paginator(range(sum(counts.get(state, 0) for state in states)), PROTOCOLS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    listed = owed_in(
        scope,
        narrowed,
        order=Order.BY_URGENCY,
        states=states,
        offset=(page.number - 1) * PROTOCOLS_ON_A_PAGE,
        limit=PROTOCOLS_ON_A_PAGE,
    )
    context = {
        "filter": asked,
        "counts": [(state, counts[state], _address(asked, state=state.value)) for state in counts],
        "expected": sum(counts.values()),
        "listed": listed,
        "page": page,
        "address": _address(asked),
    }
    return render(request, "tallies/desk.html", context)


def _asked(request: HttpRequest, scope: Scope) -> tuple[DeskFilter, Narrowed]:
    """Return the filter of the query string with what this scope offers. What is not on offer narrows nothing."""
    asked = DeskFilter({"state": DeskFilter.OPEN, **request.GET.dict()})
    asked.fields["state"].choices = STATES_OFFERED  # type: ignore[attr-defined]
    asked.fields["district"].queryset = districts = districts_in(scope)  # type: ignore[attr-defined]
    chosen = districts.filter(code=request.GET.get("district", "")).first() if request.GET.get("district") else None
    narrowed = Narrowed(district_id=chosen.pk if chosen else None)
    contests = contests_in(scope, narrowed)
    asked.fields["contest"].queryset = contests  # type: ignore[attr-defined]
    asked.offer_contests(contests[:MOST_CONTESTS_OFFERED])
    asked.is_valid()
    contest = asked.cleaned_data.get("contest")
    return asked, Narrowed(narrowed.district_id, contest.pk if contest else None)


def _address(asked: DeskFilter, **changed: str) -> str:
    """Return the query string of this filter, with some of it changed, for links that keep the rest."""
    kept = {
        "state": asked.cleaned_data.get("state") or DeskFilter.OPEN,
        "district": getattr(asked.cleaned_data.get("district"), "code", ""),
        "contest": getattr(asked.cleaned_data.get("contest"), "code", ""),
        **changed,
    }
    return urlencode({name: value for name, value in kept.items() if value})
