"""What the workers do when a bell rings."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from aggregation import services
from tallies import doorbell


@shared_task(name=doorbell.ROLL_UP, ignore_result=True)  # type: ignore[untyped-decorator]
def roll_up(area_id: int) -> None:
    """Look at one area. The bell is answered first: what comes in from now on rings again."""
    doorbell.answer(area_id)
    services.roll_up(area_id)


@shared_task(name="aggregation.sweep", ignore_result=True)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Ring again for what has been pending too long."""
    services.ring_again(now=timezone.now())
