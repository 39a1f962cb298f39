"""Where the walk through all pages finds something to show on each of them: the one place that says so.

Every route is walked by itself. `night` and `the_end` make the country it is walked in, and say what the arguments of
addresses are called there; where those do not lead to a page of a route, `BY_ROUTE` names better ones, or several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.urls import resolve, reverse
from django.utils import timezone, translation

from accounts.access import Rule
from accounts.domain.roles import PERMISSIONS, Role
from accounts.models import Appointment, User
from accounts.roster import RosterRow
from accounts.services import enrol_officers
from audit.domain.actor import SYSTEM
from audit.models import Event
from results.certification.plan import plan_of
from results.certification.services import propose_certificate
from results.publication.services import propose_final
from stations.models import Area, Contest, Election, Form
from stations.selectors import check_sets_of
from tallies.models import Photograph, Query, Webhook
from tallies.selectors.receipts import records_in_force
from tallies.selectors.turnout import owed_turnout
from tallies.services.patterns import look_for_patterns
from tallies.services.photographs import attach_photograph
from tallies.services.propose_checks import propose_checks
from tallies.services.turnout import report_turnout
from tallies.services.webhooks import set_webhook
from tests import scene
from tests.browser.conftest import PLACES, appoint
from tests.packages import plurality_figures, valid_figures
from tests.results import evening
from tests.tallies.photographs import pictures
from tests.test_routes import ALL, Route

Arguments = dict[str, Any]

IN_FORCE, HELD, DIFFERS = "r1-d1-s1", "r1-d1-s2", "r1-d1-s3"
ANNULLED, RETURNED, ENTERED_ONCE = "r1-d2-s1", "r1-d2-s2", "r1-d2-s3"

BY_ROUTE: dict[str, tuple[Arguments, ...]] = {
    "place": ({}, {"place": IN_FORCE}, {"place": HELD}, {"place": ANNULLED}, {"contest": "okrug"}),
    "still-open": ({}, {"contest": "okrug"}),
    "seats": ({}, {"contest": "okrug"}),
    "check": ({"place": IN_FORCE}, {"place": HELD}),
    "check-receipt": ({"place": IN_FORCE},),
    "photograph": ({"place": IN_FORCE},),
    "observers-photograph": ({"place": IN_FORCE},),
    "compare-two": ({"one": "r1", "other": "r2"},),
    "bulletin-place": ({}, {"place": IN_FORCE}),
    "final-place": ({}, {"place": IN_FORCE}),
    "widget-in": ({}, {"place": IN_FORCE}),
    "observers-results": ({}, {"place": IN_FORCE}),
    "edition-snapshot": ({"number": 1},),
    "edition-contest": ({"number": 1},),
    "edition-place": ({"number": 1}, {"number": 1, "place": IN_FORCE}),
    "edition-seats": ({"number": 1},),
    "edition-still-open": ({"number": 1},),
    "establish-cell": ({"place": "r1-d1"}, {"place": "r1"}),
    "propose-certificate": ({"place": "r2-d2", "contest": "okrug"},),
    "sign-certificate": ({"place": "r2-d1"},),
    "give-opinion": ({"place": "r2-d1"},),
    "certificate": ({"place": "r1-d2", "contest": "okrug"},),
    "tallies:protocol": ({}, {"contest": "okrug"}),
    "tallies:desk_protocol": tuple({"station": code} for code in (IN_FORCE, HELD, DIFFERS)),
    "tallies:accept_held": ({"station": HELD},),
    "tallies:return_held": ({"station": HELD},),
    "tallies:on_behalf": ({"contest": "okrug"},),
    "tallies:choose": ({"station": DIFFERS},),
    "tallies:order_repeat": ({"station": ANNULLED},),
    "tallies:desk_station": tuple({"station": code} for code in (IN_FORCE, HELD, DIFFERS)),
    "tallies:check_set": ({}, {"number": 2}),
    "tallies:check_set_effect": ({"number": 2},),
    "tallies:adopt_checks": ({"number": 2},),
    "tallies:withdraw_checks": ({"number": 2},),
}
# By whom a page is walked that the first role that may see it would not find, or not in the state that shows it.
BY_ROLE: dict[str, Role] = {
    "propose-certificate": Role.REGION,
    "sign-certificate": Role.REGION,
    "give-opinion": Role.REGION,
    "mfa_deactivate_totp": Role.CEC,
    "mfa_view_recovery_codes": Role.CEC,
    "mfa_generate_recovery_codes": Role.CEC,
    "mfa_reauthenticate": Role.CEC,
}
# These answer with something other than a page of their own, or have a test of their own.
NOT_WALKED = {
    "front",
    "account_logout",
    "mfa_download_recovery_codes",
    "mfa_authenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    # A feed, and a page that needs an earlier election.
    "corrections",
    "earlier",
    # Pictures and style sheets, and what programs of the pages send and fetch.
    "colours",
    "share",
    "tallies:news",
    "photograph",
    "certificate-pdf",
    "certificate-latest",
    "observers-photograph",
    "tallies:photograph_copy",
    "tallies:photograph_original",
    "tallies:complaint_copy",
    "tallies:complaint_original",
    "tallies:uploads",
    "tallies:upload",
}
# Pages that show something only when everything is published.
OF_THE_END = ("final-", "edition-", "approve-final", "propose-final", "mandates", "record-mandates")
ORDER = (Role.OFFICER, Role.CHAIR, Role.OBSERVER, Role.DISTRICT, Role.REGION, Role.CONSTITUENCY, Role.CEC)


def night(folder: Path) -> Arguments:
    """A country in the middle of its night: a protocol in every state, and a bulletin."""
    election = scene.load(folder / "package", entry="double", live_public=True)
    people = {role: appoint(walker_name(role), role, election, **place) for role, place in PLACES.items()}
    for number, station in enumerate((IN_FORCE, ANNULLED, "r2-d1-s1", "r2-d1-s2")):
        _both_enter(station, evening.figures_of("list", number))
    _both_enter(HELD, scene.broken_figures(), paper_says_so="the paper says so")
    _both_enter(RETURNED, scene.broken_figures(), paper_says_so="the paper says so")
    _both_enter(DIFFERS, valid_figures({"a": 235, "b": 125, "c": 60, "against_all": 20}), other=valid_figures())
    scene.submit(ENTERED_ONCE, by=scene.person("secretary"))
    _both_enter("r2-d2-s1", plurality_figures(), contest="okrug")
    _to_be_established()
    _report_turnout()
    scene.decide("return", RETURNED)
    scene.decide("annul", ANNULLED)
    evening.bulletin(election, folder)
    _establish(election, people[Role.REGION])
    for person in people.values():
        person.set_password("a password to be changed")
        person.save()
    _second_factors(people[Role.CEC])
    _propose_other_checks()
    scene.complain(IN_FORCE, by=people[Role.OBSERVER])
    row = RosterRow(2, "newcomer", "officer", station="r2-d2-s3")
    photograph = _photograph(folder)
    link = enrol_officers(rows=[row], by=SYSTEM, now=timezone.now()).links[0]
    held = Event.objects.filter(kind="protocol.held").latest("pk")
    [receipt] = records_in_force(photograph.contest_id, photograph.station_id)
    return {
        **_everywhere(),
        "event_id": held.pk,
        "secret": link.secret,
        "photograph": photograph.pk,
        "original": photograph.sha256,
        "sha256": photograph.pages.get().sha256,
        "upload": uuid4(),
        "record": receipt.sha256,
        "appointment": people[Role.OFFICER].appointments.get().pk,
        "form": "protocol",
        "query_id": _query().pk,
        "webhook": _webhook(people[Role.DISTRICT]).pk,
    }


def the_end(folder: Path) -> Arguments:
    """A country whose final result is published, with a corrected one waiting for its second signature."""
    election = scene.load(
        folder / "package", regions=1, districts=1, stations=2, contests=("list",), live_public=True, candidates=9,
        quota=30,
    )  # fmt: skip
    for role in (Role.OFFICER, Role.DISTRICT, Role.CEC):
        appoint(walker_name(role), role, election, **PLACES[role])
    evening.everybody_sends(("list",))
    evening.final(election, folder)
    scene.decide("correct", IN_FORCE, figures=valid_figures({"a": 241, "b": 119, "c": 60, "against_all": 20}))
    evening.ready_for_final(election, folder)
    waiting = propose_final(election=election, by=evening.member("cec2", election), now=datetime.now(UTC))
    return {**_everywhere(), "number": waiting.number}


def walker_name(role: Role) -> str:
    """The username of the person who walks the pages of a role."""
    return f"walker-{role.value}"


def pages_of(role: Role | None, called: Arguments, *, of_the_end: bool = False) -> Iterator[tuple[str, str]]:
    """Name and address of the pages that this role walks, or a stranger: each route by the first that may see it."""
    for route in ALL:
        if _is_page(route) and route.name.startswith(OF_THE_END) is of_the_end and _walker(route) is role:
            for better in BY_ROUTE.get(route.name, ({},)):
                yield route.name, _address(route, {**called, **better})


def walkers() -> set[Role | None]:
    """Everyone who is needed to see all pages."""
    return {_walker(route) for route in ALL if _is_page(route)}


def _everywhere() -> Arguments:
    return {"station": IN_FORCE, "contest": "list", "place": "r1", "number": 1}


def _both_enter(
    station: str,
    figures: dict[str, int],
    *,
    contest: str = "list",
    other: dict[str, int] | None = None,
    paper_says_so: str = "",
) -> None:
    for name, keyed in (("secretary", figures), ("chairperson", other or figures)):
        scene.submit(station, contest, keyed, paper_says_so=paper_says_so, by=scene.person(name))


def _photograph(folder: Path) -> Photograph:
    """Attach a photograph in an election whose photographs everybody sees."""
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET photographs_public = true")
    file = pictures.written(folder, pictures.from_a_telephone())
    given: dict[str, Any] = {"by": scene.person("secretary"), "role": "officer", "now": scene.NOW}
    return attach_photograph(owed=scene.owed(IN_FORCE), file=file, **given)


def _propose_other_checks() -> None:
    form = Form.objects.select_related("election").get()
    checks = [
        replace(check, rule="100 * ballots_invalid <= 4 * ballots_found") if check.code == "W304" else check
        for check in check_sets_of(form.pk, at=scene.NOW)[0].checks
    ]
    propose_checks(
        form=form,
        checks=checks,
        in_force_from=None,
        reason="decision 14",
        by=scene.person("cec"),
        role="cec",
        now=timezone.now(),
    )


def _query() -> Query:
    """What a protocol that knows of fewer voters than were reported through the day gives rise to."""
    look_for_patterns(now=timezone.now())
    return Query.objects.filter(station__code=IN_FORCE).latest("pk")


def _to_be_established() -> None:
    """Let three districts be complete in a contest."""
    _both_enter("r2-d1-s3", evening.figures_of("list", 4))
    for station in ("r2-d2-s2", "r2-d2-s3", "r1-d2-s1", "r1-d2-s2", "r1-d2-s3"):
        _both_enter(station, plurality_figures(), contest="okrug")


def _establish(election: Election, member: User) -> None:
    """Let one result be established, one wait for this member's signature, and one for their proposal."""
    evening.certify(election, "okrug", "r1-d2", opinion="I counted otherwise")
    for code in ("r2-d1", "r2-d2"):
        place = Area.objects.get(election=election, code=code)
        Appointment.objects.create(
            user=member, role=Role.DISTRICT, election=election, area=place, appointed_at=election.opens_at
        )
    plan = plan_of(election)
    cell = plan.cells[Contest.objects.get(code="list").pk, Area.objects.get(code="r2-d1").pk]
    first = evening.commission(Role.DISTRICT, election, area="r2-d1")
    propose_certificate(election=election, cell=cell, by=first, role=Role.DISTRICT, now=timezone.now())


def _report_turnout() -> None:
    for station, voters in ((IN_FORCE, 700), (HELD, 300)):
        owed = owed_turnout(station)
        assert owed is not None
        report_turnout(
            owed=owed, hour="10:00", voters=voters, by=scene.person("secretary"), role="officer", now=scene.NOW
        )


def _webhook(by: User) -> Webhook:
    return set_webhook(
        area=Area.objects.get(code="r1-d1"),
        contest=None,
        url="https://example.org/",
        kinds=["protocol.held"],
        by=by,
        role="district",
        now=timezone.now(),
    )


def _second_factors(person: User) -> None:
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)


def _is_page(route: Route) -> bool:
    assert route.access is not None
    walked = (Rule.PUBLIC, Rule.SIGNED_IN, Rule.NEEDS)
    return route.address.startswith("/kk/") and route.access.rule in walked and route.name not in NOT_WALKED


def _walker(route: Route) -> Role | None:
    assert route.access is not None
    if route.access.rule is Rule.PUBLIC:
        return None
    needed = route.access.permissions
    return BY_ROLE.get(route.name) or next(role for role in ORDER if not needed or PERMISSIONS[role] & needed)


def _address(route: Route, called: Arguments) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        wanted = [name for name in resolve(route.address).kwargs if name != "kind"]
        nobodys = [name for name in wanted if name not in called]
        assert not nobodys, f"Say what {', '.join(nobodys)} of {route.name} is in tests/browser/sample_arguments.py."
        if route.name.startswith("final-"):
            wanted = [name for name in wanted if name != "number"]
        return reverse(route.name, kwargs={name: called[name] for name in wanted}).removeprefix("/kk")
