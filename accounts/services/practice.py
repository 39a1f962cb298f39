"""What a training system alone may do with accounts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import Enrolment, User


class OnlyForTraining(Exception):
    """This system is a real one."""


@transaction.atomic
def share_password(*, usernames: Collection[str], password: str, now: datetime) -> int:
    """Let those of these people who have no password sign in with this one; return how many. Their links are used up.

    Raises OnlyForTraining, and Django's ValidationError for a password that is too weak.
    """
    if not settings.TRAINING:
        raise OnlyForTraining
    validate_password(password)
    named = User.objects.filter(username__in=usernames)
    without = [user for user in named if not user.has_usable_password()]
    # One hash for all: they share the password, and a hash each would take hours.
    shared = make_password(password)
    for user in without:
        user.password = shared
    User.objects.bulk_update(without, ["password"], batch_size=1000)
    Enrolment.objects.filter(user__in=[user.pk for user in without], consumed_at=None).update(consumed_at=now)
    return len(without)
