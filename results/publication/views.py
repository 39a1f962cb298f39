"""The pages from which the central commission publishes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import needs
from accounts.domain.roles import Permission, Role
from accounts.models import User
from accounts.second_factor import ask_for_fresh_second_factor
from aggregation.domain.seats import Allocation
from audit.selectors import latest_checkpoint
from results.exports.running import is_on, is_silent, last_export
from results.mandates.selectors import contests_with_mandates
from results.models import Snapshot, SnapshotAllocation, SnapshotTally
from results.public.outcome import outcome_of
from results.publication.conditions import open_conditions
from results.publication.here import election_to_publish, person_of, rendered_in
from results.publication.selectors import is_final, pause_of, proposed, published, schedule_of
from results.publication.services import approve_final, propose_final, publish_bulletin
from stations.models import AreaLevel, Choice, Contest, Election
from stations.selectors import layouts_of
from tallies.refusals import Refusal

# Where each unmet condition can be looked into. A page that is not there is not linked.
WHERE = {
    "held": "tallies:desk",
    "missing": "tallies:desk",
    "not_certified": "establish-overview",
    "cosignatures": "log",
    "verify": "observers",
}


@needs(Permission.PUBLISH)
@require_safe
@never_cache
def publication(request: HttpRequest) -> HttpResponse:
    """What is published, what waits, and what is missing for a final result."""
    return _home(request, election_to_publish(request))


@needs(Permission.PUBLISH)
@require_POST
def bulletin(request: HttpRequest) -> HttpResponse:
    """Publish a bulletin as of the last checkpoint."""
    election = election_to_publish(request)
    try:
        snapshot = publish_bulletin(election=election, by=person_of(request), now=timezone.now())
    except Refusal as refusal:
        return _home(request, election, refusal)
    messages.success(request, _("Bulletin %(number)d is published.") % {"number": snapshot.number})
    return redirect("publication")


@needs(Permission.PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def final(request: HttpRequest) -> HttpResponse:
    """Say what proposing a final result means; propose it on confirmation."""
    election = election_to_publish(request)
    if request.method != "POST":
        return rendered_in(request, "results/publication/propose.html", {"election": election})
    try:
        propose_final(election=election, by=person_of(request), now=timezone.now())
    except Refusal as refusal:
        return _home(request, election, refusal)
    messages.success(request, _("The final result is proposed. A second person must approve it."))
    return redirect("publication")


@needs(Permission.PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """Show what was proposed; approve it on confirmation by a second person."""
    election = election_to_publish(request)
    found = Snapshot.objects.select_related("election", "checkpoint", "made_by")
    asked = ask_for_fresh_second_factor(request, Role.CEC)
    if asked:
        return asked
    snapshot = get_object_or_404(found, election=election, kind=Snapshot.Kind.FINAL, number=number)
    if request.method != "POST":
        return rendered_in(request, "results/publication/approve.html", _told(snapshot, person_of(request)))
    if request.POST.get("compared") != "yes":
        sentence = _("Confirm that you have compared the figures.")
        context = _told(snapshot, person_of(request)) | {"error": sentence}
        return rendered_in(request, "results/publication/approve.html", context, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        approve_final(snapshot=snapshot, by=person_of(request), now=timezone.now())
    except Refusal as refusal:
        return _home(request, election, refusal)
    messages.success(request, _("The final result is approved and published."))
    return redirect("publication")


def _home(request: HttpRequest, election: Election, refusal: Refusal | None = None) -> HttpResponse:
    waiting = proposed(election)
    context = {
        "election": election,
        "refusal": refusal,
        "refused": [(sentence, _address(code)) for code, sentence in refusal.fields.items()] if refusal else [],
        "checkpoint": latest_checkpoint(),
        "published": list(published(election)),
        "waiting": waiting,
        "pause": pause_of(election),
        "schedule": schedule_of(election),
        "is_mine": waiting is not None and waiting.made_by_id == request.user.pk,
        "unmet": [(sentence, _address(code)) for code, sentence in open_conditions(election, timezone.now()).items()],
        "may_publish": timezone.now() >= election.figures_public_from and not pause_of(election),
        "exports_are_on": is_on(),
        "export": last_export(),
        "export_is_silent": is_silent(timezone.now()),
        "mandate_contests": contests_with_mandates(election) if is_final(election) else None,
    }
    return rendered_in(
        request, "results/publication/home.html", context, HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    )


def _address(code: str) -> str:
    try:
        return reverse(WHERE[code]) if code in WHERE else ""
    except NoReverseMatch:
        return ""


def _told(snapshot: Snapshot, person: User) -> dict[str, Any]:
    """Return what a second person compares before they approve: the first contest's national result and its seats."""
    contest = Contest.objects.filter(election=snapshot.election_id).order_by("position")[0]
    tally = SnapshotTally.objects.get(snapshot=snapshot, contest=contest, area__level=AreaLevel.NATION)
    stored = SnapshotAllocation.objects.filter(snapshot=snapshot, contest=contest).first()
    allocation = Allocation.from_data(stored.steps) if stored else None
    figures = layouts_of([contest.pk])[contest.pk].mapping(tally.figures)
    choices = list(Choice.objects.filter(contest=contest).order_by("position"))
    return {
        "election": snapshot.election,
        "snapshot": snapshot,
        "is_mine": snapshot.made_by_id == person.pk,
        "contest": contest,
        "contests": Contest.objects.filter(election=snapshot.election_id).count(),
        "tally": tally,
        "outcome": outcome_of(figures, choices, allocation.seats if allocation else None),
        "allocation": allocation,
        "threshold": contest.threshold_percent,
    }
