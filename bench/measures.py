"""Each measure of `make bench`. They follow one another on one country: what one brings in, the next adds up."""

from __future__ import annotations

import asyncio
import json
import math
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from itertools import chain
from pathlib import Path
from random import Random
from typing import cast

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from aggregation.models import Tally
from aggregation.services import rebuild_tallies, settle
from audit.domain.actor import SYSTEM
from audit.log_folder import LogFolder
from bench import load, plain_server, stage
from bench.figures import Figure
from bench.limit import Limit, Rows
from config.data_folder import CHECKOUT
from config.supervisor import System
from results.verification.verify import verify
from samples.kz_2023 import night
from stations.models import Area, Contest, Election
from tallies.services.import_protocols import import_protocols
from tests.packages import plurality_figures

INGEST_SECONDS = 20.0
WARM_UP_SECONDS = 4.0
PAGE_SECONDS = 6.0
PACE = 50.0
PACED_SECONDS = 20.0
TURNS = 4
POLL_SECONDS = 0.004
REBUILDS = 5
LIST = "mazhilis-list"
REFERENCE = "kz-2023"
DAWN_SECONDS = 10.0
# Two people of each of 10,233 stations within a quarter of an hour.
PEOPLE_A_SECOND_AT_DAWN = 20_466 / 900
CREATED = 201
FOUND = 302
OK = 200


def importing(limit: float, files: Path) -> Iterator[Figure]:
    """`import_protocols` of the Mazhilis list, in a process of its own."""
    (path,) = night.write_protocol_files(files, [LIST])
    began = time.perf_counter()
    told = _told("bench.import_one", str(path), LIST)
    yield Figure("import: protocols a second", told["accepted"] / told["seconds"], "1/s", "higher", limit, 0.5)
    yield Figure("import: whole command", time.perf_counter() - began, "s", "lower")
    yield Figure("import: peak memory", told["megabytes"], "MB", "lower")


def ingest(limit: float, system: System, tokens: dict[str, str], folder: Path) -> Iterator[Figure]:
    """Accepted protocols a second over HTTP, everything running."""
    requests = [
        request
        for contest in _single_ballots()
        for request in stage.posts(contest, night.protocols(contest).items(), tokens)
    ]
    # As on the night: all contests and all places mixed.
    Random(1).shuffle(requests)  # noqa: S311
    warm = len(requests) // 10
    asyncio.run(load.send(requests[:warm], folder, port=system.port, seconds=WARM_UP_SECONDS))
    answers = asyncio.run(load.send(requests[warm:], folder, port=system.port, seconds=INGEST_SECONDS))
    unexpected = {status: count for status, count in answers.statuses.items() if status != CREATED}
    if unexpected:
        raise RuntimeError(f"unexpected answers: {unexpected}")
    yield Figure("ingest: protocols a second over HTTP", answers.a_second(CREATED), "1/s", "higher", limit, 0.07)
    _wait_until_quiet()


def _single_ballots() -> list[str]:
    """Return the contests whose protocols the clients send: two more ballots of nearly every station, keyed once."""
    once = Contest.objects.filter(election__code=REFERENCE, entry=Contest.EntryMode.SINGLE).order_by("position")
    codes = once.values_list("code", flat=True)
    return [code for code in codes if code.startswith(("maslikhat-list-", "maslikhat-okrug-"))]


def fresh(system: System, elections: dict[str, tuple[Election, dict[str, str]]], folder: Path) -> Iterator[Figure]:
    """From an accepted protocol to the national tally at 50 protocols a second, and with ten times the districts.

    A hundredth of twenty seconds is one hiccup of the machine. So the countries take turns, and it is the middle one of
    each country's turns that is held against the other's.
    """
    delays: dict[str, list[list[float]]] = {name: [] for name in elections}
    sealing: dict[str, list[float]] = {name: [] for name in elections}
    for turn in range(TURNS):
        for name, (election, tokens) in elections.items():
            since = timezone.now()
            with _checkpoints_seen() as sealed:
                delays[name].append(_delays(system, election, _of_turn(tokens, turn), folder))
                wait_until_sealed()
            sealing[name] += _sealing_delays(sealed, since)
    for name, turns in delays.items():
        every = list(chain.from_iterable(turns))
        yield Figure(f"fresh: {name}, median", statistics.median(every), "s", "lower")
        yield Figure(f"fresh: {name}, p99", _percentile(every, 0.99), "s", "lower", target=1.0)
        if sealing[name]:
            worst = _percentile(sealing[name], 0.99)
            yield Figure(f"sealed: {name}, event to checkpoint, p99", worst, "s", "lower", target=2.0)
    small, large = (statistics.median(_percentile(turn, 0.99) for turn in turns) for turns in delays.values())
    yield Figure("fresh: ten times the districts, p99", large, "s", "lower", small, 1.3)


def _of_turn(tokens: dict[str, str], turn: int) -> dict[str, str]:
    """Return the stations that send in this turn, from everywhere, with their tokens."""
    spread = sorted(tokens, key=lambda code: hash((code, "spread")))
    each = int(PACE * PACED_SECONDS / TURNS)
    return {code: tokens[code] for code in spread[turn * each : (turn + 1) * each]}


def _delays(system: System, election: Election, tokens: dict[str, str], folder: Path) -> list[float]:
    """Send a protocol of each of these stations, and return for each how long the nation waited for it, in seconds."""
    contest = Contest.objects.get(election=election)
    nation = Area.objects.get(election=election, level="nation")
    before = Tally.objects.filter(contest=contest, area=nation).values_list("stations_reported", flat=True).first() or 0
    requests = stage.posts(contest.code, ((code, plurality_figures()) for code in tokens), tokens)
    seen: list[tuple[float, int]] = []
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(contest.pk, nation.pk, seen, done))
    watching.start()
    answers = asyncio.run(load.send(requests, folder, port=system.port, seconds=PACED_SECONDS * 3, pace=PACE))
    _wait_until_quiet()
    time.sleep(0.1)
    done.set()
    watching.join()
    # The n-th answer is in the tally when the tally counts n stations: later ones may have come in before it.
    arrived = sorted(moment for _, moment in answers.moments)
    return [
        max(0.0, next(moment for moment, reported in seen if reported >= number) - answered)
        for number, answered in enumerate(arrived, start=before + 1)
    ]


@contextmanager
def _checkpoints_seen() -> Iterator[list[tuple[datetime, int]]]:
    """Watch the published checkpoint as the world sees it: from when on it covers how many entries."""
    seen: list[tuple[datetime, int]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            size = _published_size()
            if not seen or seen[-1][1] != size:
                seen.append((timezone.now(), size))
            time.sleep(POLL_SECONDS)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield seen
        time.sleep(0.1)
    finally:
        done.set()
        watching.join()


def _sealing_delays(seen: list[tuple[datetime, int]], since: datetime) -> list[float]:
    """For each event since then: the seconds from its moment until a published checkpoint covered it."""
    events = stage.query(
        "SELECT log.index, event.occurred_at FROM audit_logindex log JOIN audit_event event ON event.id = log.event_id "
        "WHERE event.occurred_at >= %s ORDER BY log.index",
        since,
    )
    covered = iter(seen)
    at, size = next(covered)
    delays = []
    for index, occurred_at in cast(list[tuple[int, datetime]], events):
        while size <= index:
            at, size = next(covered)
        delays.append((at - occurred_at).total_seconds())
    return delays


def _watch(contest_id: int, nation_id: int, seen: list[tuple[float, int]], done: threading.Event) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as watcher:
        last = -1
        while not done.is_set():
            row = watcher.execute(
                "SELECT stations_reported FROM aggregation_tally WHERE contest_id = %s AND area_id = %s",
                [contest_id, nation_id],
            ).fetchone()
            if row and row[0] != last:
                last = row[0]
                seen.append((time.time(), last))
            time.sleep(POLL_SECONDS)


def rebuilding(limit: Limit, files: Path) -> Iterator[Figure]:
    """`rebuild_tallies` of the whole country, all contests, against one bare GROUP BY over the same rows."""
    _bring_in_the_rest(files)
    rebuild_tallies()
    seconds = statistics.median(_timed(rebuild_tallies) for _ in range(REBUILDS))
    limit.hold(_rows())
    yield Figure("rebuild: the whole country, all contests", seconds, "s", "lower", limit.group_seconds(), 3.0)


def _bring_in_the_rest(files: Path) -> None:
    for contest in Contest.objects.filter(election__code=REFERENCE).exclude(code=LIST):
        (path,) = night.write_protocol_files(files, [contest.code])
        import_protocols(path=path, contest=contest, reason="bench", actor=SYSTEM, now=timezone.now())
    settle()


def _rows() -> Rows:
    stations = stage.query(
        "SELECT station.id, district.id, district.parent_id FROM stations_station station "
        "JOIN stations_area district ON district.id = station.area_id"
    )
    protocols = stage.query("SELECT version_id, station_id FROM tallies_standing WHERE state = 'in_force'")
    votes = stage.query(
        "SELECT standing.version_id, figure.place, figure.votes FROM tallies_standing standing "
        "JOIN tallies_protocolversion version ON version.id = standing.version_id "
        "CROSS JOIN LATERAL unnest(version.figures) WITH ORDINALITY AS figure(votes, place) "
        "WHERE standing.state = 'in_force' AND figure.votes IS NOT NULL"
    )
    return Rows(stations, protocols, votes)  # type: ignore[arg-type]


def verifying() -> Iterator[Figure]:
    """`verify` of everything that was brought in."""
    began = time.perf_counter()
    verdict = verify()
    seconds = time.perf_counter() - began
    if not verdict.ok:
        raise RuntimeError(f"verify found differences: {verdict.differences[:3]}")
    yield Figure("verify: protocols a second", verdict.counts["protocols"] / seconds, "1/s", "higher", target=20_000)


def verifying_at_home(folder: Path) -> Iterator[Figure]:
    """The standalone verifier on the public bundle of everything that was brought in, as one command."""
    call_command("export_bundle", out=folder / "bundle", without_downloads=True, stdout=StringIO())
    command = [sys.executable, str(CHECKOUT / "verifier/hattama_verify.py"), str(folder / "bundle"), "--json"]
    began = time.perf_counter()
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    seconds = time.perf_counter() - began
    events = int(told["checkpoint"].split("\n")[1])
    yield Figure("verifier: events a second, the whole command", events / seconds, "1/s", "higher", target=20_000)


def served_by_nginx(folder: Path) -> Iterator[Figure]:
    """The bundle that the verifier read against plain files of its sizes from a bare nginx. Without it: a sentence."""
    bundle = folder / "bundle"
    (front,) = (path.relative_to(bundle).as_posix() for path in bundle.glob(f"elections/{REFERENCE}/kk/index.html"))
    every = sorted(path.relative_to(bundle).as_posix() for path in bundle.glob("elections/*/kk/**/*.html"))
    for name, pages in (("its front page", [front]), ("its pages in turn", every)):
        try:
            served = plain_server.measure(bundle, pages, folder)
        except plain_server.NotInstalled as missing:
            sys.stderr.write(f"{missing} is not installed here: how nginx serves the bundle was not measured.\n")
            return
        yield Figure(f"static: {name} from nginx", served.pages, "1/s", "higher", served.plain, 0.8)


def sealing(folder: Path) -> Iterator[Figure]:
    """70,000 events into a log that holds none, in a process and on servers of their own."""
    told = _told("bench.seal_one", str(folder))
    yield Figure("seal: 70 000 events from nothing", told["seconds"], "s", "lower", target=5.0)
    yield Figure("seal: 70 000 events into the journal", told["journal"], "s", "lower")


def _told(module: str, *arguments: str, environment: dict[str, str] | None = None) -> dict[str, float]:
    """Run a measure in a process of its own and return what it tells."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env=environment or stage.environment(),
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def pages(
    system: System, folder: Path, snapshot_page: str, snapshot_api: str, stations: Sequence[str]
) -> Iterator[Figure]:
    """A results page, the API, and pages of these stations against an empty view of the same process."""

    def a_second(path: str) -> float:
        requests = [load.request("GET", path, {"Accept-Language": "kk"})]
        asyncio.run(load.send(requests, folder, port=system.port, seconds=1.0, repeat=True))
        answers = asyncio.run(load.send(requests, folder, port=system.port, seconds=PAGE_SECONDS, repeat=True))
        if set(answers.statuses) != {OK}:
            raise RuntimeError(f"{path}: {answers.statuses}")
        return answers.a_second(OK)

    empty = a_second("/health/live")
    yield Figure("page: an empty view", empty, "1/s", "higher")
    yield Figure("page: national result", a_second(snapshot_page), "1/s", "higher", empty, 0.3)
    yield Figure("page: API from a snapshot", a_second(snapshot_api), "1/s", "higher", empty, 0.4)
    # Each address once: a page that nobody asked for before is made, not found.
    requests = [load.request("GET", f"{snapshot_page}{code}/", {"Accept-Language": "kk"}) for code in stations]
    answers = asyncio.run(load.send(requests, folder, port=system.port, seconds=PAGE_SECONDS))
    if set(answers.statuses) != {OK}:
        raise RuntimeError(f"pages of stations: {answers.statuses}")
    yield Figure("page: stations, each made for the first time", answers.a_second(OK), "1/s", "higher", empty)


def enrolling(election: Election, folder: Path) -> Iterator[Figure]:
    """A secretary and a chair for every station, from a file."""
    roster = stage.write_roster(election, folder / "roster.csv")
    told = _told("bench.enrol_one", str(roster))
    yield Figure("enrol: two people a station from a file", told["seconds"], "s", "lower", target=120.0)
    yield Figure("enrol: peak memory", told["megabytes"], "MB", "lower")


def signing_in(system: System, folder: Path) -> Iterator[Figure]:
    """Everybody's first sign-in on the morning, each person once, from one address."""
    requests = stage.sign_ins(system.port)
    answers = asyncio.run(load.send(requests, folder, port=system.port, seconds=DAWN_SECONDS))
    unexpected = {status: count for status, count in answers.statuses.items() if status != FOUND}
    if unexpected:
        raise RuntimeError(f"unexpected answers: {unexpected}")
    yield Figure("sign-in: people a second", answers.a_second(FOUND), "1/s", "higher", target=PEOPLE_A_SECOND_AT_DAWN)


def memory(system: System) -> Iterator[Figure]:
    """Peaks of resident memory of the processes."""
    for name, pid in system.pids.items():
        yield Figure(f"memory: {name}, its largest process", stage.resident_megabytes([pid]), "MB", "lower")


def wait_until_sealed() -> None:
    """Return when every event has its place in the log, under a checkpoint that is published."""
    while stage.query("SELECT EXISTS (SELECT FROM audit_unsealedevent)")[0][0]:
        time.sleep(0.1)
    [(entries,)] = stage.query("SELECT count(*) FROM audit_logindex")
    while _published_size() < cast(int, entries):
        time.sleep(POLL_SECONDS)


def _published_size() -> int:
    return int((LogFolder(settings.LOG_DIR).checkpoint() or "\n0").split("\n")[1])


def _wait_until_quiet() -> None:
    while stage.query("SELECT EXISTS (SELECT FROM tallies_pendingarea)")[0][0]:
        time.sleep(0.02)


def _timed(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]
