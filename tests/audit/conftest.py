"""A signer and a log folder of their own for every test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from audit import services
from audit.domain.actor import SYSTEM
from audit.domain.events import NewEvent
from audit.log_folder import LogFolder
from audit.signer import Signer, create_key

NIGHT = datetime(2023, 3, 19, 15, 0, tzinfo=UTC)
ORIGIN = "hattama.test/log"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "log-key" / "key"
    create_key(path)
    return path


@pytest.fixture
def signer(key_file: Path) -> Signer:
    return Signer(key_file, ORIGIN)


@pytest.fixture
def log_folder(tmp_path: Path) -> LogFolder:
    return LogFolder(tmp_path / "log")


@pytest.fixture
def record() -> Callable[[int], list[int]]:
    """Record so many events in a transaction of their own; return their ids."""

    def record_some(count: int) -> list[int]:
        with transaction.atomic():
            return services.record_events([event(number) for number in range(count)])

    return record_some


def event(number: int) -> NewEvent:
    """An event of a kind whose body is one number."""
    told = {"every_minutes": number}
    return NewEvent(kind="bulletins.scheduled", at=NIGHT, actor=SYSTEM, election="kz-2023", body=told)
