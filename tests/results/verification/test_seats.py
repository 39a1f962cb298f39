"""Two implementations that share nothing allocate the same seats."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregation.domain.seats import ChoiceVotes, LotsOver
from aggregation.domain.seats import allocate as allocate_with_steps
from results.verification.seats import Contender, allocate

# Few different numbers of votes and places in the order, so that ties of every kind are common.
CONTENDERS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 2, 3, 5, 10, 30, 60, 100)) | st.integers(0, 10**7),
        st.none() | st.integers(1, 4),
    ),
    max_size=7,
).map(lambda rows: [Contender(f"c{number}", *row) for number, row in enumerate(rows)])


@given(
    contenders=CONTENDERS,
    against_all=st.integers(0, 200),
    seats=st.integers(0, 40),
    threshold=st.sampled_from([Fraction(0), Fraction(5), Fraction(7, 2), Fraction(50), Fraction(100)]),
    method=st.sampled_from(["hare-kz", "hare", "dhondt", "sainte-lague", "plurality"]),
    minimum=st.none() | st.integers(0, 5),
)
@example([Contender("a", 90, 1), Contender("b", 4, 2), Contender("c", 4, None)], 0, 10, Fraction(5), "hare-kz", None)
def test_seats_are_those_of_the_other_implementation(
    contenders: list[Contender], against_all: int, seats: int, threshold: Fraction, method: str, minimum: int | None
) -> None:
    other = allocate_with_steps(
        votes=[
            *(ChoiceVotes(one.code, one.votes, one.order) for one in contenders),
            ChoiceVotes("against_all", against_all, against_all=True),
        ],
        seats=seats,
        threshold_percent=threshold,
        method=method,
        minimum_runner_up=minimum,
    )
    own = allocate(
        contenders,
        against_all=against_all,
        seats=seats,
        threshold=threshold,
        method=method,
        minimum_runner_up=minimum,
    )
    assert (own.of, own.by_lots) == (other.seats, other.lots.seats if other.lots else 0)
    assert own.open.between == frozenset(other.lots.choices if other.lots else ())
    assert own.open.together is bool(other.lots and other.lots.over is LotsOver.RUNNER_UP)


def test_the_mazhilis_of_2023_is_40_8_6_6_5_4() -> None:
    votes = {
        "amanat": 3_431_510, "auyl": 693_938, "respublica": 547_154, "aq_jol": 535_139, "hprk": 432_920,
        "ossp": 331_058, "baytaq": 146_431,
    }  # fmt: skip
    contenders = [Contender(code, number, order) for order, (code, number) in enumerate(votes.items())]
    allocated = allocate(
        contenders,
        against_all=248_291,
        seats=69,
        threshold=Fraction(5),
        method="hare-kz",
        minimum_runner_up=None,
    )
    assert list(allocated.of.values()) == [40, 8, 6, 6, 5, 4, 0]


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown method"):
        allocate(
            [Contender("a", 1, 1)], against_all=0, seats=1, threshold=Fraction(0), method="x", minimum_runner_up=None
        )
