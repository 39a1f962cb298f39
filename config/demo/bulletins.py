"""The central commission's bulletins: one at each quarter of the night."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connections
from django.utils import timezone

from accounts.models import User
from results.models import Snapshot
from results.publication.services import NotPublishable, publish_bulletin
from stations.models import Election

QUARTERS = (0.25, 0.5, 0.75)
SECONDS_BETWEEN = 20.0
"""A bulletin computes every contest in every area: a hurried night has fewer of them."""


class Bulletins:
    """Publishes beside the night, so that nothing waits for it."""

    def __init__(self, election: Election, by: User) -> None:
        self._election = election
        self._by = by
        self._ahead = list(QUARTERS)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="cec")
        self._running: Future[None] | None = None
        self._last_begun = time.monotonic()
        self.last: Snapshot | None = None
        self.refused: list[str] = []

    def consider(self, share: float) -> None:
        """Begin a bulletin when `share` of the night has passed a quarter since the last one, and a while has gone."""
        is_free = self._running is None or self._running.done()
        is_soon = time.monotonic() - self._last_begun < SECONDS_BETWEEN
        if self._ahead and share >= self._ahead[0] and is_free and not is_soon:
            self._ahead = [quarter for quarter in self._ahead if quarter > share]
            self._last_begun = time.monotonic()
            self._running = self._executor.submit(self._publish)

    def publish_last(self) -> None:
        """Publish the bulletin of the finished night."""
        self._executor.submit(self._publish).result()

    def finish(self) -> None:
        """Return when the bulletin that was begun is done."""
        self._executor.shutdown(wait=True)

    def _publish(self) -> None:
        try:
            self.last = publish_bulletin(election=self._election, by=self._by, now=timezone.now())
        except NotPublishable as refusal:
            self.refused.append("; ".join([str(refusal.message), *map(str, refusal.fields.values())]))
        finally:
            connections.close_all()
