"""What is wrong with the log right now, where monitoring sees it: told until it is over."""

from __future__ import annotations

from datetime import datetime

from audit.models import Alarm


def raise_alarm(*, code: str, about: str = "", detail: str, now: datetime) -> None:
    """Say that something is wrong. The first moment stays until `clear_alarms`; the detail is the latest one."""
    Alarm.objects.update_or_create(
        code=code, about=about, defaults={"detail": detail[:500], "seen_at": now}, create_defaults={
            "detail": detail[:500], "seen_at": now, "since": now,
        },
    )  # fmt: skip


def clear_alarms(*, codes: frozenset[str], about: str = "") -> None:
    """Say that these are over."""
    found = Alarm.objects.filter(code__in=codes, about=about)
    # Almost always there is nothing to clear, and asking takes no lock.
    if found.exists():
        found.delete()
