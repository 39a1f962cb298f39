"""What workers do for commissions beside the sums."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from audit.outbound import Reach
from tallies.services.deliver_webhooks import deliver_due
from tallies.services.patterns import look_for_patterns
from tallies.services.uploads import sweep_uploads


@shared_task(name="tallies.deliver_webhooks", ignore_result=True)  # type: ignore[untyped-decorator]
def deliver_webhooks() -> None:
    """Send what is due. Carries no data: the outbox in the database says what."""
    deliver_due(
        clock=timezone.now,
        reach=Reach(allowed=settings.WEBHOOK_ALLOWED_NETWORKS, ca_file=settings.WEBHOOK_CA_FILE),
    )


@shared_task(name="tallies.look_for_patterns", ignore_result=True)  # type: ignore[untyped-decorator]
def look() -> None:
    """Look where protocols changed; without a change it costs two statements."""
    look_for_patterns(now=timezone.now())


@shared_task(name="tallies.sweep_uploads", ignore_result=True)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Forget photographs that began to come and never arrived."""
    sweep_uploads(now=timezone.now())
