"""Where a commission says which of its programs is told of what, and sees whether it was."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import needs, require
from accounts.domain.roles import PERMISSIONS, Permission, Role
from accounts.models import Appointment, User
from accounts.selectors import appointments_of
from audit.domain.addresses import LONGEST_URL
from stations.models import Area, AreaLevel, Contest, Election
from tallies.domain.webhooks import KINDS
from tallies.models import Webhook
from tallies.refusals import Refusal
from tallies.selectors.webhooks import latest_deliveries, webhooks_in
from tallies.services.webhooks import TurnedOff, send_again, set_webhook, try_webhook, turn_off_webhook
from tallies.templatetags.protocol import EVENT_WORDS
from tallies.views.place import scope_for

PROBLEMS = {
    "name_not_found": gettext_lazy("the name of the host is not known"),
    "address_refused": gettext_lazy("the host is in a private network, where webhooks may not go"),
    "no_connection": gettext_lazy("no connection, or it broke off"),
    "certificate_refused": gettext_lazy("the certificate is not valid for this host"),
    "too_slow": gettext_lazy("the answer took too long"),
    "redirected": gettext_lazy("the answer leads elsewhere; webhooks do not follow"),
    "refused_by_receiver": gettext_lazy("the receiver refused it"),
}


@dataclass(frozen=True)
class WebhookPlace:
    """A place for which a person may set webhooks: an area, with a contest for a constituency's commission."""

    area: Area
    contest: Contest | None
    role: str

    @property
    def key(self) -> str:
        return f"{self.area.pk}:{self.contest.pk if self.contest else ''}"

    @property
    def name(self) -> str:
        return self.contest.name if self.contest else self.area.name


class WebhookForm(forms.Form):
    """A new webhook: for which place, where to, and what of."""

    place = forms.ChoiceField(label=gettext_lazy("For"))
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST_URL,
        help_text=gettext_lazy("It begins with https:// and is where your program listens."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What it is told of"),
        choices=[(kind, EVENT_WORDS[kind]) for kind in KINDS],
        initial=list(KINDS),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, places: list[WebhookPlace], *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.places = {place.key: place for place in places}
        self.fields["place"].choices = [(place.key, place.name) for place in places]  # type: ignore[attr-defined]
        if len(places) == 1:
            self.fields["place"].widget = forms.HiddenInput()
            self.fields["place"].initial = places[0].key


@needs(Permission.DECIDE_HELD)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """`/webhooks/`: those there are, and a form for a new one."""
    election, scope = scope_for(request, Permission.DECIDE_HELD, now=timezone.now())
    places = _places(request, election)
    form = WebhookForm(places, request.POST) if request.method == "POST" else WebhookForm(places)
    status = HTTPStatus.OK
    if request.method == "POST":
        made = _set(request, form) if form.is_valid() else None
        if made is not None:
            return redirect("tallies:webhook", webhook=made.pk)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"form": form, "webhooks": webhooks_in(scope)}
    return render(request, "tallies/webhooks.html", context, status=status)


@needs(Permission.DECIDE_HELD)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhook(request: HttpRequest, webhook: int) -> HttpResponse:
    """`/webhooks/<id>/`: one webhook with what was sent; posted `test`, `again` or `off`, that is done."""
    found = Webhook.objects.select_related("area__election", "contest", "set_by", "disabled_by").filter(pk=webhook)
    shown = found.first()
    if shown is None:
        raise Http404
    appointment = require(request.user, Permission.DECIDE_HELD, area=shown.area_id, contest=shown.contest_id)
    if request.method == "POST":
        _act(request, shown, appointment)
        return redirect("tallies:webhook", webhook=shown.pk)
    context = {
        "webhook": shown,
        "kinds": [EVENT_WORDS.get(kind, kind) for kind in shown.kinds],
        "deliveries": [(each, PROBLEMS.get(each.problem, each.problem)) for each in latest_deliveries(shown)],
    }
    return render(request, "tallies/webhook.html", context)


def _set(request: HttpRequest, form: WebhookForm) -> Webhook | None:
    place = form.places[form.cleaned_data["place"]]
    try:
        made = set_webhook(
            area=place.area,
            contest=place.contest,
            url=form.cleaned_data["url"].strip(),
            kinds=form.cleaned_data["kinds"],
            by=_person(request),
            role=place.role,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error("url" if "url" in refusal.fields else None, str(refusal.message))
        return None
    messages.success(request, _("The webhook is set. Give its secret to the receiver, then send a test."))
    return made


def _act(request: HttpRequest, shown: Webhook, appointment: Appointment) -> None:
    now = timezone.now()
    try:
        match request.POST.get("do"):
            case "test":
                try_webhook(webhook_id=shown.pk, now=now)
                messages.success(request, _("A test is on its way. Load this page again in a few seconds."))
            case "again":
                count = send_again(webhook_id=shown.pk, now=now)
                messages.success(
                    request,
                    ngettext("%(count)d message is tried again.", "%(count)d messages are tried again.", count)
                    % {"count": count},
                )
            case "off":
                turn_off_webhook(webhook_id=shown.pk, by=_person(request), role=appointment.role, now=now)
                messages.success(request, _("The webhook is turned off. Nothing more is sent to it."))
    except TurnedOff as refusal:
        messages.error(request, str(refusal.message))


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _places(request: HttpRequest, election: Election) -> list[WebhookPlace]:
    """The places of this person's appointments that decide, the whole nation as its area."""
    nation = Area.objects.select_related("election").get(election=election, level=AreaLevel.NATION)
    places = {}
    for each in appointments_of(_person(request), timezone.now()):
        decides = Permission.DECIDE_HELD in PERMISSIONS[Role(each.role)]
        if each.election_id == election.pk and decides and each.station_id is None:
            place = WebhookPlace(each.area or nation, each.contest, each.role)
            places[place.key] = place
    return list(places.values())
