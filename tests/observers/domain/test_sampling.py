"""The sample confirms a right winner and hardly ever a wrong one; whoever has the dice draws the same."""

from __future__ import annotations

import hashlib
import math
import random
from fractions import Fraction

import pytest

from observers.domain.sampling import UNITS, Batch, Contested, NoSample, plan, uniform_draw

CHOICES = ("x", "y", "against_all")


def country(x: int = 300, y: int = 200, stations: int = 200) -> list[Batch]:
    return [Batch(f"s{number:03}", {"x": x, "y": y, "against_all": 10}, x + y + 15) for number in range(stations)]


def test_the_winner_and_every_margin_are_known() -> None:
    contested = Contested.of(country(), CHOICES)
    assert (contested.winner, contested.losers) == ("x", {"y": 20_000, "against_all": 58_000})


def test_a_bound_is_what_a_station_could_overstate_and_never_less() -> None:
    contested = Contested.of(country(), CHOICES)
    batch = country()[0]
    # (300 − 200 + 515) / 20000 over y, (300 − 10 + 515) / 58000 over against all: the first is larger.
    assert contested.bound(batch) == math.ceil(Fraction(615, 20_000) * UNITS)
    assert contested.overstatement(batch, {"x": 300, "y": 200, "against_all": 10}) == 0
    assert contested.overstatement(batch, {"x": 0, "y": 515, "against_all": 0}) * UNITS <= contested.bound(batch)


def test_the_sample_is_as_large_as_the_risk_asks_for() -> None:
    drawn = plan(country(), CHOICES, Fraction(5, 100))
    bound = Fraction(drawn.total, UNITS)
    assert (1 - 1 / bound) ** drawn.draws <= Fraction(5, 100) < (1 - 1 / bound) ** (drawn.draws - 1)
    assert plan(country(), CHOICES, Fraction(1, 100)).draws > drawn.draws
    assert plan(country(x=205), CHOICES, Fraction(5, 100)).draws > drawn.draws, "a closer contest asks for more"


@pytest.mark.parametrize(
    ("batches", "risk", "code"),
    [
        (country(x=200), Fraction(1, 20), "no_winner"),
        ([], Fraction(1, 20), "no_stations"),
        (country(x=2001, y=2000, stations=500), Fraction(1, 20), "too_close"),
        (country(), Fraction(0), "risk_limit"),
    ],
)
def test_where_a_sample_can_say_nothing_the_reason_is_told(batches: list[Batch], risk: Fraction, code: str) -> None:
    with pytest.raises(NoSample) as refused:
        plan(batches, CHOICES, risk)
    assert refused.value.code == code


def test_the_draw_is_made_from_the_dice_alone_and_can_be_made_by_hand() -> None:
    drawn = plan(country(), CHOICES, Fraction(5, 100))
    seed = "27182818284590452353"
    first = drawn.drawn(seed)[0]
    assert first.hash == hashlib.sha256(f"{seed},1".encode()).hexdigest()
    ticket = int(first.hash, 16) * drawn.total // 2**256
    last = 0
    for batch, bound in zip(drawn.batches, drawn.bounds, strict=True):
        if last <= ticket < last + bound:
            assert (first.ticket, first.station) == (ticket, batch.station)
        last += bound
    assert [each.station for each in drawn.drawn(seed)] == [each.station for each in drawn.drawn(seed)]
    assert drawn.drawn(seed) != drawn.drawn(seed + "1")


def test_counts_that_agree_bring_the_risk_beneath_the_limit_and_errors_raise_it() -> None:
    batches = country()
    drawn = plan(batches, CHOICES, Fraction(5, 100))
    draws = drawn.drawn("31415926535897932384")
    right = {batch.station: batch.votes for batch in batches}
    assert drawn.measured_risk(draws, right).risk <= 0.05
    assert drawn.measured_risk(draws[:1], right).risk > 0.05
    wrong = {**right, draws[0].station: {"x": 250, "y": 250, "against_all": 10}}
    assert drawn.measured_risk(draws, wrong).risk > drawn.measured_risk(draws, right).risk
    assert drawn.measured_risk(draws, {}).draws == 0
    overturned = {**right, draws[0].station: {"x": 0, "y": 515, "against_all": 0}}
    assert drawn.measured_risk(draws, overturned).risk == 1.0


def test_a_winner_who_did_not_win_is_hardly_ever_confirmed() -> None:
    """The ballots give y one vote more; the protocols of a fifth of the stations hide it. 400 samples at 10 percent."""
    dice = random.Random(3)
    truth = {f"s{number:03}": {"x": 250, "y": 250 + (number == 0), "against_all": 10} for number in range(100)}
    reported = [
        Batch(station, {**votes, **({"x": 350, "y": 150} if dice.random() < 0.2 else {})}, 520)
        for station, votes in truth.items()
    ]
    drawn = plan(reported, CHOICES, Fraction(10, 100))
    confirmed = sum(
        drawn.measured_risk(drawn.drawn(str(dice.randrange(10**20, 10**21))), truth).risk <= 0.1 for _ in range(400)
    )
    assert confirmed <= 0.1 * 400


def test_a_larger_sample_of_lists_holds_the_smaller_one() -> None:
    stations = [f"s{number}" for number in range(100)]
    small, large = (
        uniform_draw(stations, "12345678901234567890", 10),
        uniform_draw(stations, "12345678901234567890", 20),
    )
    assert large[:10] == small and len(set(large)) == 20
    assert uniform_draw(list(reversed(stations)), "12345678901234567890", 10) == small
