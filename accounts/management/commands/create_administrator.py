"""`create_administrator USERNAME`: the first person of a new installation."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services
from accounts.domain.roles import Role
from accounts.models import User
from audit.domain.actor import SYSTEM
from config import environment
from stations.models import Election


class Command(BaseCommand):
    help = _("Creates an administrator and prints a one-time link to set a password (or takes it from ADMIN_PASSWORD).")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--cec", action="store_true", help=_("Also appoint to the central commission."))
        parser.add_argument("--site", default="http://127.0.0.1:8000", help=_("Address that the link begins with."))

    @transaction.atomic
    def handle(self, *, username: str, cec: bool, site: str, **_options: Any) -> None:
        now = timezone.now()
        try:
            link = services.create_administrator(
                username=username, password=environment.text("ADMIN_PASSWORD") or None, now=now
            )
        except services.UsernameTaken as error:
            raise CommandError(_("There is a “%s” already.") % username) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if cec:
            election = Election.objects.order_by("-date", "-id").first()
            if election is None:
                raise CommandError(_("No election is loaded: load one first, or leave --cec out."))
            user = User.objects.get(username=username.lower())
            services.appoint(user=user, role=Role.CEC, election=election, place=None, by=SYSTEM, now=now)
        if link is not None:
            self.stdout.write(f"{site.rstrip('/')}{reverse('enrol', args=[link.secret])}")
