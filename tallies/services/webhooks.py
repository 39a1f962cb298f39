"""A commission sets a webhook, tests it, turns it off, and has a message sent again."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.domain.addresses import BadUrl, check_url
from audit.services import record_event
from stations.models import Area, Contest
from tallies.domain.webhooks import KINDS, SECRET_BYTES, TEST, secret_of
from tallies.models import Webhook, WebhookDelivery
from tallies.refusals import Refusal

MOST_IN_A_PLACE = 5


class UrlRefused(Refusal):
    """A webhook cannot go to this address."""

    code = "url_refused"

    def __init__(self, problem: str) -> None:
        sentences = {
            "not_https": _("The address must begin with https://"),
            "no_host": _("The address names no host."),
            "more_than_an_address": _("The address may hold no user, no password and no part after #."),
        }
        sentence = sentences.get(problem, _("This is not an address of a web server."))
        super().__init__(sentence, fields={"url": sentence})


class NothingWanted(Refusal):
    """A webhook that carries nothing."""

    code = "no_kinds"

    def __init__(self) -> None:
        super().__init__(_("Choose at least one thing to be told of."), fields={"kinds": ""})


class TooManyWebhooks(Refusal):
    """The place has as many webhooks as it may."""

    code = "too_many_webhooks"

    def __init__(self) -> None:
        super().__init__(_("There are %(most)d webhooks here already. Turn one off first.") % {"most": MOST_IN_A_PLACE})


class TurnedOff(Refusal):
    """The webhook was turned off: nothing is sent any more."""

    code = "turned_off"

    def __init__(self) -> None:
        super().__init__(_("This webhook has been turned off. Set a new one."))


def set_webhook(
    *, area: Area, contest: Contest | None, url: str, kinds: Collection[str], by: User, role: str, now: datetime
) -> Webhook:
    """Have an address called when one of `kinds` happens in the area (and contest, if one is given).

    Raises UrlRefused, NothingWanted or TooManyWebhooks, and then nothing has changed.
    """
    wanted = [kind for kind in KINDS if kind in kinds]
    try:
        check_url(url, allow_http=settings.WEBHOOKS_OVER_HTTP)
    except BadUrl as bad:
        raise UrlRefused(bad.problem) from None
    if not wanted:
        raise NothingWanted
    with transaction.atomic():
        # The area's row is locked so that two who set one at the same moment are counted one after the other.
        Area.objects.select_for_update(no_key=True).get(pk=area.pk)
        if Webhook.objects.filter(area=area, contest=contest, disabled_at=None).count() >= MOST_IN_A_PLACE:
            raise TooManyWebhooks
        webhook = Webhook.objects.create(
            area=area,
            contest=contest,
            url=url,
            secret=secret_of(secrets.token_bytes(SECRET_BYTES)),
            kinds=wanted,
            set_by=by,
            set_at=now,
        )
        record_event(
            kind="webhook.set",
            at=now,
            actor=actor(by, role),
            election=area.election.code,
            contest=contest.code if contest else "",
            area=area.code,
            body={"webhook": webhook.pk, "kinds": wanted},
        )
    return webhook


def turn_off_webhook(*, webhook_id: int, by: User, role: str, now: datetime) -> None:
    """Call the address no more: what has not been sent is not sent. Raises TurnedOff when it was off already."""
    with transaction.atomic():
        webhook = _live(webhook_id)
        webhook.disabled_by, webhook.disabled_at = by, now
        webhook.save(update_fields=["disabled_by", "disabled_at"])
        record_event(
            kind="webhook.turned_off",
            at=now,
            actor=actor(by, role),
            election=webhook.area.election.code,
            contest=webhook.contest.code if webhook.contest else "",
            area=webhook.area.code,
            body={"webhook": webhook.pk},
        )


def try_webhook(*, webhook_id: int, now: datetime) -> WebhookDelivery:
    """Leave a message that tells of nothing, to see whether it arrives. Raises TurnedOff."""
    with transaction.atomic():
        webhook = _live(webhook_id)
        return WebhookDelivery.objects.create(webhook=webhook, kind=TEST, created_at=now, next_try_at=now)


def send_again(*, webhook_id: int, now: datetime) -> int:
    """Try again what was given up, from the first attempt on; return how many. Raises TurnedOff."""
    with transaction.atomic():
        _live(webhook_id)
        return WebhookDelivery.objects.filter(webhook=webhook_id).exclude(given_up_at=None).update(
            given_up_at=None, attempts=0, next_try_at=now
        )  # fmt: skip


def _live(webhook_id: int) -> Webhook:
    webhook = (
        Webhook.objects.select_for_update(of=("self",))
        .select_related("area__election", "contest")
        .filter(pk=webhook_id, disabled_at=None)
        .first()
    )
    if webhook is None:
        raise TurnedOff
    return webhook
