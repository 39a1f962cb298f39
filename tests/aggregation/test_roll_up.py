"""However protocols come, go and change, a tally with nothing pending is the sum of the versions in force."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregation.models import Tally
from aggregation.selectors import as_of, now_in, tally, unequal_tallies
from aggregation.services import rebuild_tallies, ring_again, roll_up, settle
from stations.models import Area, Contest, Election, Station
from stations.selectors import layouts_of
from tallies.models import PendingArea
from tallies.refusals import Refusal
from tests import scene
from tests.packages import plurality_figures, valid_figures

CONTESTS = ("list", "okrug")


@pytest.fixture
def election(db: None, tmp_path: Path) -> Iterator[Election]:
    yield scene.load(tmp_path / "package")


def figures_of(contest: str, number: int) -> dict[str, int]:
    return valid_figures(unused=400 + number) if contest == "list" else plurality_figures(unused=400 + number)


@pytest.mark.django_db
def test_a_protocol_reaches_district_region_and_nation(election: Election) -> None:
    settle()
    scene.submit()
    rolled = roll_up(Area.objects.get(code="r1-d1").pk)
    assert rolled.contests == 1
    assert rolled.parent_id == Area.objects.get(code="r1").pk
    roll_up(rolled.parent_id)
    roll_up(Area.objects.get(code="kz").pk)
    nation = tally(Contest.objects.get(code="list").pk, Area.objects.get(code="kz").pk)
    assert nation.figures == valid_figures()
    assert (nation.expected, nation.reported, nation.held, nation.annulled) == (12, 1, 0, 0)
    assert scene.pending() == 0


@pytest.mark.django_db
def test_without_pending_rows_a_step_does_nothing(election: Election) -> None:
    settle()
    before = list(Tally.objects.order_by("pk").values())
    assert roll_up(Area.objects.get(code="kz").pk).contests == 0
    assert list(Tally.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_held_counts_nowhere_and_annulled_counts_as_zero(election: Election) -> None:
    scene.hold("r1-d1-s1")
    scene.submit("r1-d1-s2")
    scene.decide("annul", "r1-d1-s2")
    settle()
    nation = tally(Contest.objects.get(code="list").pk, Area.objects.get(code="kz").pk)
    assert set(nation.figures.values()) == {0}
    assert (nation.expected, nation.reported, nation.held, nation.annulled) == (12, 0, 1, 1)


@pytest.mark.django_db
def test_a_tally_not_made_yet_shows_what_is_expected(election: Election) -> None:
    shown = tally(Contest.objects.get(code="list").pk, Area.objects.get(code="r1").pk)
    assert (shown.expected, shown.reported) == (6, 0)


@pytest.mark.django_db
def test_a_station_is_an_area_of_its_own(election: Election) -> None:
    scene.submit("r1-d1-s2")
    contest = Contest.objects.get(code="list").pk
    assert now_in(contest, Station.objects.get(code="r1-d1-s2")).figures == valid_figures()
    assert now_in(contest, Station.objects.get(code="r1-d1-s1")).reported == 0


@pytest.mark.django_db
def test_before_anything_is_sealed_nothing_was_so(election: Election) -> None:
    scene.submit()
    assert as_of(Contest.objects.get(code="list").pk, Area.objects.get(code="kz"), 0).reported == 0


PRESS = st.tuples(
    st.sampled_from(["submit", "hold", "accept", "return", "correct", "annul", "roll", "roll", "rebuild"]),
    st.integers(1, 2),
    st.integers(1, 2),
    st.integers(1, 3),
    st.sampled_from(CONTESTS),
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presses=st.lists(PRESS, min_size=1, max_size=25), order=st.randoms(use_true_random=False))
def test_any_night_ends_in_the_plain_sum(
    election: Election, presses: list[tuple[str, int, int, int, str]], order: random.Random
) -> None:
    with transaction.atomic():
        PendingArea.objects.bulk_create(
            PendingArea(contest_id=contest.pk, area_id=area.pk)
            for contest in Contest.objects.all()
            for area in Area.objects.filter(level="district")
        )
        for number, (verb, region, district, station, contest) in enumerate(presses):
            place = f"r{region}-d{district}-s{station}"
            # Bells come late, twice, out of order, or never: any area may be looked at, at any time.
            if verb == "roll":
                roll_up(order.choice(list(Area.objects.values_list("pk", flat=True))))
            elif verb == "rebuild":
                rebuild_tallies()
            else:
                _press(verb, place, contest, number)
        assert not unequal_tallies(list(Contest.objects.values_list("pk", flat=True))) or scene.pending()
        settle()
        assert scene.pending() == 0
        scene.assert_every_tally_is_the_plain_sum()
        transaction.set_rollback(True)


def _press(verb: str, place: str, contest: str, number: int) -> None:
    try:
        with transaction.atomic():
            if verb == "submit":
                scene.submit(place, contest, figures_of(contest, number))
            elif verb == "hold":
                broken = figures_of(contest, number)
                broken["ballots_received"] += 1
                scene.submit(place, contest, broken, paper_says_so="so it is")
            else:
                scene.decide(verb, place, contest, figures=figures_of(contest, number))
    except (Refusal, scene.NothingStands):
        pass


@pytest.mark.django_db
def test_rebuilding_makes_the_same_tallies_as_the_workers(election: Election) -> None:
    scene.submit("r1-d1-s1")
    scene.submit("r2-d2-s3", "okrug", plurality_figures())
    scene.hold("r2-d1-s1")
    rebuild_tallies()
    rebuilt = list(Tally.objects.order_by("contest", "area").values("contest", "area", "figures", "stations_held"))
    assert scene.pending() == 0
    scene.assert_every_tally_is_the_plain_sum()
    Tally.objects.update(figures=[])
    for contest in Contest.objects.all():
        for area in Area.objects.filter(level="district"):
            PendingArea.objects.create(contest_id=contest.pk, area_id=area.pk)
    settle()
    assert (
        list(Tally.objects.order_by("contest", "area").values("contest", "area", "figures", "stations_held")) == rebuilt
    )


SECONDS_OF_RACE = 4.0


@pytest.mark.django_db(transaction=True)
def test_six_writers_and_six_workers_never_leave_a_quiet_tally_wrong(tmp_path: Path) -> None:
    scene.load(tmp_path / "package", regions=2, districts=3, stations=6)
    settle()
    contests = list(Contest.objects.values_list("pk", flat=True))
    layouts_of(contests)
    areas = list(Area.objects.values_list("pk", flat=True))
    places = list(Station.objects.values_list("code", flat=True))
    scene.person("officer"), scene.person("district")
    stop = time.monotonic() + SECONDS_OF_RACE
    wrong: list[tuple[int, int]] = []
    problems: list[BaseException] = []
    changes, looks = [0], [0]

    def write(random_: random.Random) -> None:
        verb = random_.choice(["submit", "submit", "hold", "accept", "return", "correct", "annul"])
        _press(verb, random_.choice(places), random_.choice(CONTESTS), random_.randrange(100))
        changes[0] += 1

    def work(random_: random.Random) -> None:
        roll_up(random_.choice(areas))

    def rebuild(random_: random.Random) -> None:
        rebuild_tallies()
        time.sleep(random_.random() / 2)

    def observe(_: random.Random) -> None:
        with transaction.atomic():
            with connections["default"].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            wrong.extend(unequal_tallies(contests))
        looks[0] += 1

    def run(step: Callable[[random.Random], None], seed: int) -> None:
        random_ = random.Random(seed)
        try:
            while time.monotonic() < stop:
                step(random_)
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    steps = [write] * 6 + [work] * 6 + [observe, rebuild]
    threads = [threading.Thread(target=run, args=(step, seed)) for seed, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems[:3]
    assert changes[0] > 50 and looks[0] > 5, "the race never got going"
    assert not wrong
    settle()
    scene.assert_every_tally_is_the_plain_sum()


@pytest.mark.django_db
def test_the_sweeper_rings_for_what_waited_too_long(election: Election) -> None:
    settle()
    scene.submit()
    assert ring_again(now=scene.NOW.replace(year=2020)) == 0
    assert ring_again(now=scene.NOW.replace(year=2100)) == 1
