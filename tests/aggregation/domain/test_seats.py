"""Seats follow from votes, exactly, by every method, and say why."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import apportionment.methods
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aggregation.domain.seats import (
    MAXIMUM_SEATS,
    METHODS,
    Allocation,
    AllocationRefused,
    ChoiceVotes,
    Lots,
    LotsOver,
    Step,
    StepCode,
    allocate,
)

LIST_METHODS = tuple(method for method in METHODS if method != "plurality")
DIVISOR_METHODS = ("dhondt", "sainte-lague")

MAZHILIS_2023 = {
    "amanat": (3_431_510, 40),
    "auyl": (693_938, 8),
    "respublica": (547_154, 6),
    "aqjol": (535_139, 6),
    "qhp": (432_920, 5),
    "nsdp": (331_058, 4),
    "baytaq": (146_431, 0),
}


def ballot(against_all: int = 0, **votes: int) -> list[ChoiceVotes]:
    choices = [ChoiceVotes(code, count) for code, count in votes.items()]
    return [*choices, ChoiceVotes("against_all", against_all, against_all=True)]


def allocated(
    votes: list[ChoiceVotes],
    seats: int,
    threshold: str | Fraction | Decimal = "0",
    method: str = "hare-kz",
    minimum: int | None = None,
) -> Allocation:
    return allocate(votes=votes, seats=seats, threshold_percent=threshold, method=method, minimum_runner_up=minimum)


def steps(allocation: Allocation, code: StepCode) -> list[Step]:
    return [step for step in allocation.steps if step.code is code]


vote_counts = st.lists(
    st.one_of(st.integers(0, 20), st.integers(0, 10_000), st.integers(0, 10**30)), min_size=1, max_size=9
)


@st.composite
def ballots(draw: st.DrawFn) -> list[ChoiceVotes]:
    counts = draw(vote_counts)
    orders = draw(st.lists(st.none() | st.integers(1, 5), min_size=len(counts), max_size=len(counts)))
    choices = [
        ChoiceVotes(f"c{number}", count, order)
        for number, (count, order) in enumerate(zip(counts, orders, strict=True))
    ]
    against = draw(st.none() | st.integers(0, 10_000))
    return choices if against is None else [*choices, ChoiceVotes("against_all", against, against_all=True)]


thresholds = st.fractions(min_value=0, max_value=100, max_denominator=1000)
house_sizes = st.integers(0, 120)


class TestTheElectionOf2023:
    def test_article_97_1_gives_the_official_seats(self) -> None:
        votes = {code: count for code, (count, _) in MAZHILIS_2023.items()}
        result = allocated(ballot(against_all=248_291, **votes), 69, "5")
        assert result.seats == {code: seats for code, (_, seats) in MAZHILIS_2023.items()}
        assert result.lots is None

    def test_the_last_two_seats_go_to_the_largest_remainders(self) -> None:
        votes = {code: count for code, (count, _) in MAZHILIS_2023.items()}
        result = allocated(ballot(against_all=248_291, **votes), 69, "5")
        assert [step.choice for step in steps(result, StepCode.SEAT_BY_REMAINDER)] == ["nsdp", "amanat"]
        assert steps(result, StepCode.QUOTA)[0].figures["quota"] == "1990573/23"
        assert steps(result, StepCode.THRESHOLD)[0].figures == {
            "base": "6366441",
            "percent": "5",
            "value": "6366441/20",
        }


class TestThreshold:
    def test_a_list_just_short_of_five_percent_does_not_pass(self) -> None:
        result = allocated(ballot(a=1_000_000, b=663_933, c=87_573), 50, "5")
        assert steps(result, StepCode.THRESHOLD)[0].figures["base"] == "1751506"
        assert [step.choice for step in steps(result, StepCode.BELOW_THRESHOLD)] == ["c"]
        assert result.seats["c"] == 0

    def test_a_list_with_exactly_five_percent_passes(self) -> None:
        result = allocated(ballot(a=700, b=250, c=50), 20, "5")
        assert result.seats["c"] == 1

    def test_votes_against_all_raise_the_bar(self) -> None:
        assert allocated(ballot(a=700, b=250, c=50), 20, "5").seats["c"] == 1
        assert allocated(ballot(a=700, b=250, c=50, against_all=1), 20, "5").seats["c"] == 0

    @given(votes=st.integers(1, 10**40), share=st.integers(1, 99))
    def test_the_edge_is_exact_however_many_votes(self, votes: int, share: int) -> None:
        base = 100 * votes
        just_enough = [ChoiceVotes("a", base - share * votes), ChoiceVotes("b", share * votes)]
        one_short = [ChoiceVotes("a", base - share * votes + 1), ChoiceVotes("b", share * votes - 1)]
        passed = {step.choice for step in steps(allocated(just_enough, 5, str(share)), StepCode.PASSED)}
        missed = {step.choice for step in steps(allocated(one_short, 5, str(share)), StepCode.PASSED)}
        assert "b" in passed
        assert "b" not in missed

    @given(ballots(), house_sizes, thresholds, st.sampled_from(METHODS))
    def test_a_choice_passes_exactly_when_it_has_votes_and_the_share(
        self, votes: list[ChoiceVotes], seats: int, threshold: Fraction, method: str
    ) -> None:
        base = sum(choice.votes for choice in votes)
        passed = {step.choice for step in steps(allocated(votes, seats, threshold, method), StepCode.PASSED)}
        expected = {
            choice.code
            for choice in votes
            if not choice.against_all and choice.votes and 100 * choice.votes >= threshold * base
        }
        assert passed == expected

    def test_a_threshold_is_the_same_number_however_it_is_written(self) -> None:
        votes = ballot(a=700, b=265, c=35)
        written: list[str | Fraction | Decimal] = ["3.5", "7/2", Fraction(7, 2), Decimal("3.500")]
        assert len({json.dumps(allocated(votes, 9, each).as_data()) for each in written}) == 1


class TestTheRunnerUp:
    def test_takes_seven_tenths_of_its_quotient_cut_to_a_whole_number(self) -> None:
        # Quota 960 / 96 = 10; the runner-up's quotient is 6, times 0.7 is 4.2.
        result = allocated(ballot(a=900, b=60, c=40, against_all=500), 96, "5")
        assert result.seats == {"a": 92, "b": 4, "c": 0}
        assert steps(result, StepCode.RUNNER_UP_QUOTIENT)[0].figures == {
            "votes": "60",
            "quotient": "6",
            "factor": "7/10",
            "share": "21/5",
            "whole": "4",
        }

    def test_a_share_just_below_a_whole_number_is_not_rounded_up(self) -> None:
        # 0.7 × 57 / (957 / 96) = 4.0025…; 0.7 × 56 / (956 / 96) = 3.936…
        assert allocated(ballot(a=900, b=57), 96, "50").seats["b"] == 4
        assert allocated(ballot(a=900, b=56), 96, "50").seats["b"] == 3

    def test_gets_two_seats_when_its_share_is_less(self) -> None:
        result = allocated(ballot(a=9_900, b=30, c=20, against_all=50), 69, "5")
        assert result.seats == {"a": 67, "b": 2, "c": 0}

    @pytest.mark.parametrize(("minimum", "seats"), [(0, 0), (1, 1), (3, 3), (70, 69)])
    def test_gets_the_minimum_the_election_says(self, minimum: int, seats: int) -> None:
        result = allocated(ballot(a=9_900, b=30, c=20), 69, "5", minimum=minimum)
        assert result.seats == {"a": 69 - seats, "b": seats, "c": 0}

    def test_is_never_against_all(self) -> None:
        result = allocated(ballot(a=900, b=30, against_all=400), 10, "50")
        assert result.seats == {"a": 8, "b": 2}

    def test_is_the_earlier_registered_of_two_with_equal_votes(self) -> None:
        votes = [ChoiceVotes("a", 900, 3), ChoiceVotes("b", 30, 2), ChoiceVotes("c", 30, 1)]
        result = allocated(votes, 10, "50")
        assert result.seats == {"a": 8, "c": 2, "b": 0}
        joins = steps(result, StepCode.RUNNER_UP_JOINS)[0]
        assert (joins.choice, joins.rivals) == ("c", ("b",))

    def test_is_drawn_by_lots_when_registration_does_not_decide(self) -> None:
        result = allocated(ballot(a=900, b=30, c=30), 10, "50")
        assert result.seats == {"a": 8, "b": 0, "c": 0}
        assert result.lots == Lots(("b", "c"), 2, LotsOver.RUNNER_UP)
        assert result.unallocated == 2

    def test_nobody_draws_lots_about_no_seats(self) -> None:
        result = allocated(ballot(a=900, b=3, c=3), 10, "50", minimum=0)
        assert result.seats == {"a": 10, "b": 0, "c": 0}
        assert result.lots is None

    def test_must_have_votes(self) -> None:
        result = allocated(ballot(a=900, b=0, against_all=10), 10, "5")
        assert result.seats == {"a": 10, "b": 0}
        assert steps(result, StepCode.NO_RUNNER_UP)

    def test_stays_out_when_two_lists_pass(self) -> None:
        assert allocated(ballot(a=600, b=370, c=30), 10, "5").seats == {"a": 6, "b": 4, "c": 0}

    def test_belongs_to_article_97_1_alone(self) -> None:
        for method in ("hare", "dhondt", "sainte-lague"):
            assert allocated(ballot(a=900, b=30), 10, "50", method, minimum=2).seats == {"a": 10, "b": 0}

    @given(st.integers(1, 10**12), st.integers(1, 10**12), st.integers(1, 500), st.none() | st.integers(0, 20))
    def test_and_the_first_share_all_seats(self, lead: int, votes: int, seats: int, minimum: int | None) -> None:
        result = allocated([ChoiceVotes("a", votes + lead), ChoiceVotes("b", votes)], seats, "50", minimum=minimum)
        quotient = Fraction(votes * seats, 2 * votes + lead)
        due = max(int(quotient * Fraction(7, 10)), 2 if minimum is None else minimum)
        assert result.seats == {"a": seats - min(due, seats), "b": min(due, seats)}


class TestTies:
    def test_the_earlier_registered_gets_the_seat_for_an_equal_remainder(self) -> None:
        votes = [ChoiceVotes("a", 5, 2), ChoiceVotes("b", 5, 1), ChoiceVotes("c", 10, 3)]
        result = allocated(votes, 2, "0")
        assert result.seats == {"c": 1, "b": 1, "a": 0}
        seat = steps(result, StepCode.SEAT_BY_REMAINDER)[0]
        assert (seat.choice, seat.rivals, seat.figures) == ("b", ("a",), {"seat": "2", "remainder": "1/2"})

    def test_lots_decide_what_no_rule_decides(self) -> None:
        result = allocated(ballot(a=5, b=5, c=10), 2)
        assert result.seats == {"c": 1, "a": 0, "b": 0}
        assert result.lots == Lots(("a", "b"), 1)
        assert result.steps[-1] == Step(StepCode.LOTS, rivals=("a", "b"), figures={"seats": "1", "over": "seats"})

    def test_a_choice_without_a_place_in_the_register_leaves_all_its_equals_to_lots(self) -> None:
        votes = [ChoiceVotes("a", 5, 1), ChoiceVotes("b", 5, None), ChoiceVotes("c", 5, 2)]
        for method in LIST_METHODS:
            result = allocated(votes, 2, method=method)
            assert result.lots is not None
            assert set(result.lots.choices) == {"a", "b", "c"}
            assert result.lots.seats == 2

    def test_two_registered_in_the_same_place_draw_lots_for_what_the_first_left(self) -> None:
        votes = [ChoiceVotes("a", 5, 2), ChoiceVotes("b", 5, 1), ChoiceVotes("c", 5, 2)]
        for method in LIST_METHODS:
            result = allocated(votes, 2, method=method)
            assert result.seats == {"b": 1, "a": 0, "c": 0}
            assert result.lots == Lots(("a", "c"), 1)

    def test_registration_decides_the_last_quotient(self) -> None:
        votes = [ChoiceVotes("a", 600, 2), ChoiceVotes("b", 300, 1)]
        assert allocated(votes, 2, method="dhondt").seats == {"a": 1, "b": 1}
        assert allocated(votes, 3, method="dhondt").seats == {"a": 2, "b": 1}

    @given(st.integers(2, 9), st.integers(1, 10**9), st.integers(1, 60), st.sampled_from(LIST_METHODS))
    def test_equal_lists_share_equally_and_draw_lots_for_the_rest(
        self, lists: int, votes: int, seats: int, method: str
    ) -> None:
        equals = [ChoiceVotes(f"c{number}", votes) for number in range(lists)]
        result = allocated(equals, seats, method=method)
        assert set(result.seats.values()) == {seats // lists}
        rest = seats % lists
        assert result.lots == (Lots(tuple(choice.code for choice in equals), rest) if rest else None)


class TestDivisorMethods:
    def test_dhondt_by_hand(self) -> None:
        # 340: 340, 170, 113.3, 85 · 280: 280, 140, 93.3 · 160: 160, 80 · 60
        assert allocated(ballot(a=340, b=280, c=160, d=60), 7, method="dhondt").seats == {
            "a": 3,
            "b": 3,
            "c": 1,
            "d": 0,
        }

    def test_sainte_lague_by_hand(self) -> None:
        # 53: 53, 17.7, 10.6, 7.6 · 24: 24, 8, 4.8 · 23: 23, 7.67
        result = allocated(ballot(a=53, b=24, c=23), 7, method="sainte-lague")
        assert result.seats == {"a": 3, "b": 2, "c": 2}
        quotients = [(step.choice, step.figures["divisor"]) for step in steps(result, StepCode.SEAT_BY_QUOTIENT)]
        assert quotients == [("a", "1"), ("b", "1"), ("c", "1"), ("a", "3"), ("a", "5"), ("b", "3"), ("c", "3")]

    @pytest.mark.parametrize(("ours", "theirs"), [("dhondt", "dhondt"), ("sainte-lague", "saintelague")])
    @given(counts=st.lists(st.integers(1, 10**9), min_size=1, max_size=8), seats=st.integers(1, 60))
    def test_an_independent_implementation_agrees(self, ours: str, theirs: str, counts: list[int], seats: int) -> None:
        names = [f"c{number}" for number in range(len(counts))]
        result = allocated([ChoiceVotes(*pair) for pair in zip(names, counts, strict=True)], seats, method=ours)
        try:
            expected = apportionment.methods.compute(
                theirs, counts, seats, fractions=True, parties=names, tiesallowed=False
            )
        except apportionment.methods.TiesException:
            assert result.lots is not None
        else:
            assert result.lots is None
            assert [result.seats[name] for name in names] == expected

    @given(ballots(), st.integers(1, 60), st.sampled_from(DIVISOR_METHODS), st.data())
    def test_more_votes_never_cost_a_seat(
        self, votes: list[ChoiceVotes], seats: int, method: str, data: st.DataObject
    ) -> None:
        before = allocated(votes, seats, method=method)
        gains = data.draw(st.sampled_from([choice for choice in votes if not choice.against_all]))
        more = gains.votes + data.draw(st.integers(1, 10**6))
        raised = [
            ChoiceVotes(gains.code, more, gains.registration_order) if choice is gains else choice for choice in votes
        ]
        after = allocated(raised, seats, method=method)
        assert after.seats[gains.code] >= before.seats[gains.code]

    @given(ballots(), st.integers(1, 60), st.sampled_from(DIVISOR_METHODS))
    def test_a_larger_house_never_costs_a_seat(self, votes: list[ChoiceVotes], seats: int, method: str) -> None:
        smaller = allocated(votes, seats, method=method)
        larger = allocated(votes, seats + 1, method=method)
        assume(larger.lots is None)
        assert all(larger.seats[code] >= held for code, held in smaller.seats.items())


class TestHare:
    @given(ballots(), st.integers(1, 120))
    def test_every_list_gets_its_quotient_rounded_down_or_up(self, votes: list[ChoiceVotes], seats: int) -> None:
        result = allocated(votes, seats, method="hare")
        total = sum(choice.votes for choice in votes if not choice.against_all)
        assume(total)
        for choice in votes:
            if not choice.against_all:
                quotient = Fraction(choice.votes * seats, total)
                assert 0 <= result.seats[choice.code] - int(quotient) <= (quotient.denominator != 1)

    @given(ballots(), st.integers(1, 120), st.integers(0, 10).map(Fraction))
    def test_is_article_97_1_when_two_lists_pass(
        self, votes: list[ChoiceVotes], seats: int, threshold: Fraction
    ) -> None:
        plain = allocated(votes, seats, threshold, "hare")
        assume(len(steps(plain, StepCode.PASSED)) > 1)
        kazakhstan = allocated(votes, seats, threshold, "hare-kz")
        assert (kazakhstan.seats, kazakhstan.steps) == (plain.seats, plain.steps)

    def test_one_vote_in_ten_to_the_thirty_decides_the_last_seat(self) -> None:
        many = 10**30
        assert allocated(ballot(a=many + 1, b=many), 1, method="hare").seats == {"a": 1, "b": 0}
        assert allocated(ballot(a=many, b=many), 1, method="hare").lots == Lots(("a", "b"), 1)


class TestPlurality:
    def test_the_most_votes_win(self) -> None:
        assert allocated(ballot(a=10, b=11, c=3), 1, method="plurality").seats == {"b": 1, "a": 0, "c": 0}

    def test_against_all_wins_nothing(self) -> None:
        result = allocated(ballot(a=10, b=11, against_all=500), 1, method="plurality")
        assert result.seats == {"b": 1, "a": 0}

    def test_equal_candidates_draw_lots_whoever_registered_first(self) -> None:
        votes = [ChoiceVotes("a", 10, 1), ChoiceVotes("b", 10, 2), ChoiceVotes("c", 3, 3)]
        result = allocated(votes, 1, method="plurality")
        assert result.seats == {"a": 0, "b": 0, "c": 0}
        assert result.lots == Lots(("a", "b"), 1)

    def test_a_seat_for_which_nobody_stands_stays_vacant(self) -> None:
        result = allocated(ballot(a=10, b=0), 2, method="plurality")
        assert result.seats == {"a": 1, "b": 0}
        assert result.unallocated == 1
        assert steps(result, StepCode.VACANT)[0].figures == {"seats": "1"}


class TestEveryMethod:
    @pytest.mark.parametrize("method", METHODS)
    def test_nobody_voted(self, method: str) -> None:
        result = allocated(ballot(a=0, b=0), 5, "5", method)
        assert result.seats == {"a": 0, "b": 0}
        assert [step.code for step in result.steps][-1] is StepCode.NO_VOTES

    @pytest.mark.parametrize("method", METHODS)
    def test_nobody_passes(self, method: str) -> None:
        result = allocated(ballot(a=40, b=30, against_all=30), 5, "50", method)
        assert result.seats == {"a": 0, "b": 0}
        assert result.unallocated == 5
        assert [step.code for step in result.steps][-1] is StepCode.NOBODY_PASSES

    @pytest.mark.parametrize("method", METHODS)
    def test_all_voted_against_all(self, method: str) -> None:
        result = allocated(ballot(a=0, against_all=30), 5, "0", method)
        assert result.seats == {"a": 0}
        assert [step.code for step in result.steps][-1] is StepCode.NOBODY_PASSES

    @pytest.mark.parametrize("method", METHODS)
    def test_no_choices_at_all(self, method: str) -> None:
        assert allocated([], 5, "5", method).seats == {}

    @pytest.mark.parametrize("method", METHODS)
    def test_no_seats(self, method: str) -> None:
        result = allocated(ballot(a=70, b=30), 0, "5", method)
        assert result.seats == {"a": 0, "b": 0}
        assert [step.code for step in result.steps][-1] is StepCode.NO_SEATS

    @pytest.mark.parametrize("method", LIST_METHODS)
    def test_a_single_list_gets_everything(self, method: str) -> None:
        assert allocated(ballot(a=7), 5, "5", method).seats == {"a": 5}

    @given(ballots(), house_sizes, thresholds, st.sampled_from(LIST_METHODS))
    def test_all_seats_are_given_or_named_undecided(
        self, votes: list[ChoiceVotes], seats: int, threshold: Fraction, method: str
    ) -> None:
        result = allocated(votes, seats, threshold, method)
        if steps(result, StepCode.PASSED):
            assert sum(result.seats.values()) + (result.lots.seats if result.lots else 0) == seats
        else:
            assert sum(result.seats.values()) == 0
            assert result.lots is None

    @given(ballots(), house_sizes, thresholds, st.sampled_from(METHODS), st.randoms())
    def test_the_order_of_the_ballot_changes_nothing(
        self, votes: list[ChoiceVotes], seats: int, threshold: Fraction, method: str, random: object
    ) -> None:
        shuffled = list(votes)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert allocated(shuffled, seats, threshold, method) == allocated(votes, seats, threshold, method)

    @given(ballots(), house_sizes, thresholds, st.sampled_from(METHODS))
    def test_only_those_who_passed_win_and_the_stronger_never_wins_less(
        self, votes: list[ChoiceVotes], seats: int, threshold: Fraction, method: str
    ) -> None:
        result = allocated(votes, seats, threshold, method)
        may_win = {step.choice for step in result.steps if step.code in (StepCode.PASSED, StepCode.RUNNER_UP_JOINS)}
        counts = {choice.code: choice.votes for choice in votes}
        assert {code for code, held in result.seats.items() if held} <= may_win
        assert "against_all" not in result.seats
        if not steps(result, StepCode.RUNNER_UP_SEATS):
            ranked = sorted(result.seats, key=lambda code: counts[code])
            for weaker, stronger in pairwise(ranked):
                if counts[weaker] < counts[stronger]:
                    assert result.seats[weaker] <= result.seats[stronger]

    @given(ballots(), st.integers(0, 60), thresholds, st.sampled_from(METHODS), st.integers(2, 10**20))
    def test_the_same_shares_of_more_votes_give_the_same_seats(
        self, votes: list[ChoiceVotes], seats: int, threshold: Fraction, method: str, times: int
    ) -> None:
        grown = [
            ChoiceVotes(choice.code, choice.votes * times, choice.registration_order, choice.against_all)
            for choice in votes
        ]
        small, large = (allocated(each, seats, threshold, method) for each in (votes, grown))
        assert (small.seats, small.lots) == (large.seats, large.lots)

    @given(ballots(), house_sizes, thresholds, st.sampled_from(METHODS))
    def test_an_allocation_survives_being_stored_as_json(
        self, votes: list[ChoiceVotes], seats: int, threshold: Fraction, method: str
    ) -> None:
        result = allocated(votes, seats, threshold, method)
        assert Allocation.from_data(json.loads(json.dumps(result.as_data()))) == result

    @given(ballots(), house_sizes, thresholds, st.sampled_from(METHODS))
    def test_the_steps_alone_add_up_to_the_seats(
        self, votes: list[ChoiceVotes], seats: int, threshold: Fraction, method: str
    ) -> None:
        result = allocated(votes, seats, threshold, method)
        counted = dict.fromkeys(result.seats, 0)
        with_runner_up = bool(steps(result, StepCode.RUNNER_UP_SEATS))
        for step in result.steps:
            if step.code is StepCode.QUOTIENT and not with_runner_up:
                counted[step.choice] += int(step.figures["whole"])
            elif step.code in (StepCode.SEAT_BY_REMAINDER, StepCode.SEAT_BY_QUOTIENT, StepCode.WINNER):
                counted[step.choice] += 1
            elif step.code in (StepCode.RUNNER_UP_SEATS, StepCode.REST_TO_FIRST) and step.choice:
                counted[step.choice] += int(step.figures["seats"])
        assert counted == result.seats


class TestNonsenseIsRefused:
    @pytest.mark.parametrize(
        "threshold", ["", "five", "-1", "100.1", "1e3", "nan", "1/0", " 5", "٥", "5\n", Decimal("NaN"), Fraction(-1)]
    )
    def test_a_threshold_that_is_no_percentage(self, threshold: str | Decimal | Fraction) -> None:
        with pytest.raises(AllocationRefused) as refusal:
            allocated(ballot(a=1), 1, threshold)
        assert refusal.value.code == "bad_threshold"

    def test_a_threshold_that_is_not_exact(self) -> None:
        with pytest.raises(TypeError):
            allocated(ballot(a=1), 1, 5.0)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("votes", "seats", "method", "minimum", "code"),
        [
            ([ChoiceVotes("a", 1)], 1, "droop", None, "unknown_method"),
            ([ChoiceVotes("a", 1)], -1, "hare", None, "bad_seats"),
            ([ChoiceVotes("a", 1)], MAXIMUM_SEATS + 1, "hare", None, "bad_seats"),
            ([ChoiceVotes("a", 1)], 1, "hare-kz", -1, "bad_minimum"),
            ([ChoiceVotes("a", -1)], 1, "hare", None, "negative_votes"),
            ([ChoiceVotes("a", 1), ChoiceVotes("a", 2)], 1, "hare", None, "duplicate_choice"),
        ],
    )
    def test_with_a_stable_code(
        self, votes: list[ChoiceVotes], seats: int, method: str, minimum: int | None, code: str
    ) -> None:
        with pytest.raises(AllocationRefused) as refusal:
            allocated(votes, seats, "5", method, minimum)
        assert refusal.value.code == code
