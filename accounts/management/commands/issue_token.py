"""`issue_token USERNAME`: print an API token with that person's entry rights."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import selectors, services
from accounts.models import User


class Command(BaseCommand):
    help = _("Prints a new API token. It is stored hashed: this is the only time it can be seen.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=float, default=services.TOKEN_LIFETIME.days, help=_("Until it expires."))

    def handle(self, *, username: str, days: float, **_options: Any) -> None:
        now = timezone.now()
        user = User.objects.filter(username=username.lower()).first()
        if user is None:
            raise CommandError(_("There is no “%s”.") % username)
        if days <= 0:
            raise CommandError(_("A token must live for some time."))
        if not selectors.permissions_of(user, now) & selectors.TOKEN_PERMISSIONS:
            raise CommandError(_("“%s” may enter protocols nowhere, so a token would carry nothing.") % username)
        self.stdout.write(services.issue_token(user=user, now=now, lifetime=timedelta(days=days)))
