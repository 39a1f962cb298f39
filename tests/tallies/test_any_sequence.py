"""Whatever people do to a protocol, in whatever order: it stands where the lifecycle says, or nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregation.services import settle
from tallies.domain.lifecycle import OPEN_TO_ENTRY, TRANSITIONS, Action, State
from tallies.models import Standing
from tallies.refusals import Refusal
from tallies.selectors import open_entry_seen
from tests import scene
from tests.packages import valid_figures

pytestmark = pytest.mark.django_db

RIGHT = valid_figures()
MISTYPED = valid_figures({"a": 230, "b": 130, "c": 60, "against_all": 20})
PAPERS = {"right": RIGHT, "mistyped": MISTYPED, "broken": scene.broken_figures()}
DECISIONS = {
    "accept": Action.ACCEPT_HELD,
    "return": Action.RETURN,
    "correct": Action.CORRECT,
    "recount": Action.RECOUNT,
    "annul": Action.ANNUL,
    "repeat": Action.ORDER_REPEAT,
}
STATION = ("secretary", "chair", "third")
DISTRICT = ("district", "district-2")
ENTRY = st.tuples(st.just("enter"), st.sampled_from(STATION + DISTRICT), st.sampled_from(sorted(PAPERS)))
DECISION = st.tuples(st.sampled_from(sorted(DECISIONS)), st.just(""), st.just(""))
CHOICE = st.tuples(st.just("choose"), st.sampled_from(["0", "1"]), st.just(""))
STEPS = st.lists(st.one_of(ENTRY, ENTRY, DECISION, CHOICE), min_size=1, max_size=20)


@dataclass
class Expected:
    """Where the lifecycle says that the protocol is: its state, and who has keyed what while two people enter it."""

    double: bool
    state: State = State.AWAITED
    entries: dict[str, str] = field(default_factory=dict)

    def enter(self, person: str, paper: str) -> bool:
        """Whether this entry is taken."""
        stands = Action.HOLD if paper == "broken" else Action.ACCEPT
        if person in STATION and not self.double:
            return self.take(stands)
        if person not in self.entries and len(self.entries) == 2:
            return False
        others = [keyed for name, keyed in self.entries.items() if name != person]
        if len(self.entries) == 2 and not _only_what_differs(self.entries[person], others[0], paper):
            return False
        action = Action.ENTER if not others else stands if others[0] == paper else Action.DIFFER
        keyed = {**self.entries, person: paper}
        if not self.take(action):
            return False
        self.entries = keyed if action in (Action.ENTER, Action.DIFFER) else {}
        return True

    def take(self, action: Action) -> bool:
        """Whether the lifecycle has this arrow; then it is taken."""
        after = TRANSITIONS.get((self.state, action))
        if after is None:
            return False
        self.state, self.entries = after, {}
        return True


def _only_what_differs(mine: str, theirs: str, now: str) -> bool:
    before, other, after = PAPERS[mine], PAPERS[theirs], PAPERS[now]
    return all(after[code] == before[code] for code in before if before[code] == other[code])


def state_now() -> State:
    seen = open_entry_seen(scene.owed())
    if seen is not None:
        return seen.state
    standing = Standing.objects.filter(contest=scene.owed().contest_id, station=scene.owed().station_id).first()
    return State(standing.state) if standing else State.AWAITED


def was_taken(step: Callable[[], None]) -> bool:
    with suppress(Refusal, scene.NothingStands), transaction.atomic():
        step()
        return True
    return False


def press(verb: str, person: str, paper: str, figures: Mapping[str, int]) -> None:
    if verb == "enter":
        says_so = "the paper says so" if paper == "broken" else ""
        by, on_behalf = scene.person(person), person in DISTRICT
        scene.submit(figures=PAPERS[paper], paper_says_so=says_so, by=by, on_behalf=on_behalf)
    elif verb == "choose":
        scene.choose(int(person))
    else:
        scene.decide(verb, figures=figures)


@pytest.fixture(params=["single", "double"])
def entry(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> str:
    """An election whose contest is entered by one person or by two."""
    scene.load(tmp_path / "package", entry=request.param)
    settle()
    return str(request.param)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_protocol_goes_where_the_lifecycle_says_and_nowhere_else(
    entry: str, steps: list[tuple[str, str, str]]
) -> None:
    with transaction.atomic():
        expected = Expected(double=entry == "double")
        for number, (verb, person, paper) in enumerate(steps):
            taken = was_taken(partial(press, verb, person, paper, valid_figures(unused=500 + number)))
            if verb == "enter":
                should_be = expected.enter(person, paper)
            else:
                should_be = expected.take(Action.CHOOSE if verb == "choose" else DECISIONS[verb])
            assert (taken, state_now()) == (should_be, expected.state), (number, verb, person, paper)
        settle()
        scene.assert_every_tally_is_the_plain_sum()
        transaction.set_rollback(True)


def test_every_arrow_of_the_lifecycle_can_be_walked_by_people(tmp_path: Path) -> None:
    scene.load(tmp_path / "package", entry="double")
    walked = set()
    for steps in WALKS:
        with transaction.atomic():
            before, expected = state_now(), Expected(double=True)
            for number, (verb, person, paper) in enumerate(steps):
                step = partial(press, verb, person, paper, valid_figures(unused=500 + number))
                assert was_taken(step), (verb, person, paper)
                action = _action_of(expected, verb, person, paper)
                walked.add((before, action))
                before = state_now()
                assert before is expected.state
            transaction.set_rollback(True)
    # One person's entry is enough only under single entry: there a protocol need not be entered first.
    at_once = {(state, action) for state in OPEN_TO_ENTRY for action in (Action.ACCEPT, Action.HOLD)}
    assert walked == set(TRANSITIONS) - at_once


def _action_of(expected: Expected, verb: str, person: str, paper: str) -> Action:
    if verb != "enter":
        action = Action.CHOOSE if verb == "choose" else DECISIONS[verb]
        assert expected.take(action)
        return action
    others = [keyed for name, keyed in expected.entries.items() if name != person]
    assert expected.enter(person, paper)
    if not others:
        return Action.ENTER
    return {State.IN_FORCE: Action.ACCEPT, State.HELD: Action.HOLD}.get(expected.state, Action.DIFFER)


def entered(*keyed: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [("enter", person, paper) for person, paper in keyed]


def decided(*verbs: str) -> list[tuple[str, str, str]]:
    return [(verb, "", "") for verb in verbs]


AGREED = entered(("secretary", "right"), ("chair", "right"))
HELD = entered(("secretary", "broken"), ("chair", "broken"))
DIFFERENT = entered(("secretary", "right"), ("chair", "mistyped"))
WALKS = [
    [*entered(("secretary", "mistyped")), *AGREED, *decided("correct", "recount", "annul", "repeat"), *AGREED],
    [*HELD, *decided("accept")],
    [*HELD, *decided("return"), *HELD],
    [*DIFFERENT, *entered(("chair", "mistyped"), ("chair", "right"))],
    [*DIFFERENT, ("choose", "1", "")],
    entered(("secretary", "right"), ("chair", "broken"), ("secretary", "broken")),
]
