"""What workers do for the log: nothing that needs its key."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from audit.services.witnessing import push_to_witnesses
from audit.witnesses import witnesses_reach


@shared_task(name="audit.push_to_witnesses", ignore_result=True)  # type: ignore[untyped-decorator]
def push() -> None:
    """Ask witnesses for what they have not cosigned. Carries no data: the checkpoints in the database say what."""
    if settings.LOG_WITNESSES:
        push_to_witnesses(now=timezone.now(), reach=witnesses_reach())
