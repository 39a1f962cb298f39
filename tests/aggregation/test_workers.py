"""Workers are killed, bells get lost, the broker forgets everything: no number is wrong in the end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connections

from aggregation.models import Tally
from stations.models import Station
from tallies import doorbell
from tests import scene
from tests.processes import another_connection, children_of, process, until, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture(autouse=True)
def broker() -> Iterator[redis.Redis]:
    """The test worker's own broker database, empty."""
    broker = redis.Redis.from_url(settings.BROKER_URL)
    broker.flushdb()
    yield broker
    broker.flushdb()


def nation_reports(number: int) -> Callable[[], bool]:
    def reported() -> bool:
        return Tally.objects.filter(area__code="kz", contest__code="list", stations_reported=number).exists()

    return reported


def nothing_is_pending() -> bool:
    return scene.pending() == 0


def is_waiting_for_a_lock(other: psycopg.Connection, table: str) -> Callable[[], bool]:
    def waits() -> bool:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks waiting WHERE NOT granted AND relation = %s::regclass)", [table]
            )
            return bool(cursor.fetchone()[0])

    return waits


def test_a_bell_brings_a_protocol_to_the_nation(tmp_path: Path) -> None:
    scene.load(tmp_path / "package")
    with process(*worker(tmp_path / "worker", beat=False), log=tmp_path / "worker.log"):
        until(nation_reports(0), what="the first tallies")
        scene.submit()
        until(nation_reports(1), what="the nation's tally")
        until(nothing_is_pending, what="the last area's turn")


def test_a_worker_killed_between_its_steps_loses_nothing(tmp_path: Path) -> None:
    scene.load(tmp_path / "package")
    with process(*worker(tmp_path / "first"), log=tmp_path / "first.log") as first:
        until(nation_reports(0), what="the first tallies")
        until(nothing_is_pending, what="a quiet country")
        with another_connection() as other:
            # The worker gets as far as its deleted pending rows, and waits before it writes the tally.
            other.execute("LOCK TABLE aggregation_tally IN EXCLUSIVE MODE")
            scene.submit()
            until(is_waiting_for_a_lock(other, "aggregation_tally"), what="a worker in the middle of its step")
            for child in children_of(first):
                os.kill(child, signal.SIGKILL)
            first.kill()
            first.wait()
            other.rollback()
    until(lambda: scene.pending() == 1, what="the pending row that the dead worker had deleted")
    with process(*worker(tmp_path / "second"), log=tmp_path / "second.log"):
        until(nation_reports(1), what="the tally from the next worker")
        until(nothing_is_pending, what="nothing pending")
    scene.assert_every_tally_is_the_plain_sum()


def test_a_killed_child_gives_its_bell_back_and_the_worker_goes_on(tmp_path: Path) -> None:
    scene.load(tmp_path / "package")
    with process(*worker(tmp_path / "worker", beat=False), log=tmp_path / "worker.log") as running:
        until(nation_reports(0), what="the first tallies")
        until(nothing_is_pending, what="a quiet country")
        with another_connection() as other:
            other.execute("LOCK TABLE aggregation_tally IN EXCLUSIVE MODE")
            scene.submit()
            until(is_waiting_for_a_lock(other, "aggregation_tally"), what="a worker in the middle of its step")
            for child in children_of(running):
                os.kill(child, signal.SIGKILL)
            other.rollback()
        until(nation_reports(1), what="the tally after the bell was given back")


def test_a_wiped_broker_while_500_protocols_come_in_loses_nothing(tmp_path: Path, broker: redis.Redis) -> None:
    scene.load(tmp_path / "package", regions=4, districts=5, stations=25, contests=("list",))
    places = list(Station.objects.values_list("code", flat=True))
    officers = [scene.person(f"officer {number}") for number in range(4)]

    def send(share: int) -> None:
        for place in places[share::4]:
            scene.submit(place, by=officers[share])
        connections.close_all()

    with process(*worker(tmp_path / "worker"), log=tmp_path / "worker.log"), ThreadPoolExecutor(5) as pool:
        sending = [pool.submit(send, share) for share in range(4)]
        while not all(sent.done() for sent in sending):
            broker.flushdb()
        for sent in sending:
            sent.result()
        broker.flushdb()
        until(nation_reports(500), seconds=60, what="all 500 protocols in the nation's tally")
        until(nothing_is_pending, what="nothing pending")
    scene.assert_every_tally_is_the_plain_sum()


def test_a_silent_broker_stops_no_protocol(tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    scene.load(tmp_path / "package")
    settings.BROKER_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    doorbell._marks.cache_clear()
    try:
        assert scene.submit().number == 1
    finally:
        doorbell._marks.cache_clear()


def test_bells_for_one_area_do_not_pile_up(tmp_path: Path, broker: redis.Redis) -> None:
    scene.load(tmp_path / "package")
    broker.flushdb()
    for number in range(1, 4):
        scene.submit(f"r1-d1-s{number}")
    assert broker.llen("rollup.district") == 1
