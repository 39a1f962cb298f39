"""What workers publish by themselves."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from results.exports.running import export_due
from results.publication.scheduled import publish_due_bulletin


@shared_task(name="results.publish_due_bulletin", ignore_result=True)  # type: ignore[untyped-decorator]
def publish_due() -> None:
    """Publish the bulletin that is due. Without a schedule it costs two statements."""
    publish_due_bulletin(now=timezone.now())


# Acknowledged as it begins: it takes minutes, and a bell that is given back meanwhile would ring for nothing.
@shared_task(name="results.export", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def export() -> None:
    """Write what was published as files, where that is asked for. With nothing to write it costs a few statements."""
    export_due(now=timezone.now())
