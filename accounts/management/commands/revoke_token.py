"""`revoke_token USERNAME`: end every API token of a person at once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    help = _("Ends every API token of a person at once.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **_options: Any) -> None:
        user = User.objects.filter(username=username.lower()).first()
        if user is None:
            raise CommandError(_("There is no “%s”.") % username)
        self.stdout.write(_("Tokens revoked: %d.") % services.revoke_tokens(user=user, now=timezone.now()))
