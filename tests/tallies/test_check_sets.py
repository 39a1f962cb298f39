"""A changed check is proposed, shown, adopted by a second person, and in force everywhere from its moment on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.utils import DatabaseError
from django.utils import translation

from audit.models import Event
from stations.domain.check_sets import LANGUAGES, CheckText, compare, sha256_of
from stations.domain.form import Severity
from stations.models import Area, CheckSet, Election, Form
from stations.selectors import SetState, check_sets_of, contest_form, form_of_set
from tallies.models import Explanation, ProtocolVersion
from tallies.refusals import Refusal
from tallies.selectors.dry_run import dry_run, touched_by
from tallies.selectors.explained import explained_warnings
from tallies.services.adopt_checks import SOONEST, SamePerson, adopt_checks
from tallies.services.check_sets import NotProposed
from tallies.services.locking import ReasonMissing
from tallies.services.propose_checks import ChecksRefused, NothingProposed, ProposalOpen, propose_checks
from tallies.services.submit import ChecksFailed, Submission, submit_protocol
from tallies.services.withdraw_checks import withdraw_checks
from tests import scene
from tests.packages import valid_figures

pytestmark = pytest.mark.django_db
LATER = scene.NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> Iterator[Election]:
    yield scene.load(tmp_path / "package")


def form() -> Form:
    return Form.objects.select_related("election").get()


def package() -> list[CheckText]:
    return list(check_sets_of(form().pk, at=scene.NOW)[0].checks)


def stricter(checks: list[CheckText] | None = None, *, percent: int = 0) -> list[CheckText]:
    """Return the set with another threshold of invalid ballots (W304)."""
    return [
        replace(check, rule=f"100 * ballots_invalid <= {percent} * ballots_found") if check.code == "W304" else check
        for check in checks or package()
    ]


def propose(
    checks: list[CheckText] | None = None, *, begins: datetime | None = None, now: datetime = scene.NOW
) -> CheckSet:
    return propose_checks(
        form=form(),
        checks=stricter() if checks is None else checks,
        in_force_from=begins,
        reason="decision 14 of the commission",
        by=scene.person("cec"),
        role="cec",
        now=now,
    )


def adopt(number: int = 2, *, by: str = "cec2", now: datetime = scene.NOW) -> datetime:
    return adopt_checks(form=form(), number=number, by=scene.person(by), role="cec", now=now)


def withdraw(number: int = 2, *, reason: str = "a mistake", now: datetime = scene.NOW) -> None:
    withdraw_checks(form=form(), number=number, reason=reason, by=scene.person("cec"), role="cec", now=now)


def states(at: datetime = scene.NOW) -> list[SetState]:
    return [each.state for each in check_sets_of(form().pk, at=at)]


def body_of(kind: str) -> dict[str, Any]:
    return dict(json.loads(bytes(Event.objects.filter(kind=kind).latest("pk").entry))["body"])


def submit(station: str, now: datetime, **given: Any) -> ProtocolVersion:
    submission = Submission(
        owed=scene.owed(station),
        figures=valid_figures(),
        explanations=given.get("explanations", {}),
        paper_says_so="",
        idempotency_key=None,
        body_sha256="0" * 64,
    )
    done = submit_protocol(submission=submission, by=scene.person(), role="officer", now=now)
    return ProtocolVersion.objects.get(station__code=station, number=done.number or 0)


def test_a_proposal_changes_nothing_and_is_in_the_log_with_all_its_rules() -> None:
    made = propose()
    assert states(LATER) == [SetState.IN_FORCE, SetState.PROPOSED]
    body = body_of("checks.proposed")
    assert body["checks"] == made.checks and body["sha256"] == made.sha256 == sha256_of(stricter())
    assert (body["form"], body["check_set"], body["based_on"]) == ("protocol", 2, 1)
    assert "decision 14" not in json.dumps(body)
    assert Explanation.objects.get(event_id=made.event_id).text == "decision 14 of the commission"
    assert contest_form(scene.owed().contest_id, at=LATER).check_set == 1


def test_a_law_stands_in_the_log_once_where_it_is_the_same_in_every_language() -> None:
    first, second, *others = package()
    first = replace(first, laws=dict.fromkeys(LANGUAGES, "§ 43"))
    propose([first, second, *others])
    adopt()
    for kind in ("checks.proposed", "checks.adopted"):
        laws = [check["law"] for check in body_of(kind)["checks"]]
        assert laws[:2] == ["§ 43", {"en": "Article 43", "kk": "43-бап", "ru": "статья 43"}]
    later = contest_form(scene.owed().contest_id, at=LATER).checks
    assert [check.laws for check in later[:2]] == [first.laws, second.laws]


def test_an_adopted_set_is_in_force_from_its_moment_on_and_not_before() -> None:
    propose(begins=LATER)
    assert adopt() == LATER
    assert states() == [SetState.IN_FORCE, SetState.COMING]
    assert states(LATER) == [SetState.REPLACED, SetState.IN_FORCE]
    contest = scene.owed().contest_id
    assert contest_form(contest, at=LATER - timedelta(microseconds=1)).check_set == 1
    assert contest_form(contest, at=LATER).check_set == 2
    assert body_of("checks.adopted")["in_force_from"] == "2026-03-19T19:00:00.000000Z"
    assert body_of("checks.adopted")["checks"] == CheckSet.objects.get().checks


def test_a_set_that_begins_at_once_begins_when_every_process_can_know_of_it() -> None:
    propose()
    assert adopt() == scene.NOW + SOONEST


def test_the_moment_costs_no_statement_once_the_form_is_known(django_assert_num_queries: Callable[[int], Any]) -> None:
    propose()
    begins = adopt()
    owed = scene.owed()
    contest_form(owed.contest_id, revision=owed.revision)
    with django_assert_num_queries(0):
        before = contest_form(owed.contest_id, revision=owed.revision, at=scene.NOW)
        after = contest_form(owed.contest_id, revision=owed.revision, at=begins)
    assert (before.check_set, after.check_set) == (1, 2)


def test_who_proposed_a_set_does_not_adopt_it() -> None:
    propose()
    with pytest.raises(SamePerson):
        adopt(by="cec")
    assert states() == [SetState.IN_FORCE, SetState.PROPOSED]


def test_one_set_waits_at_a_time() -> None:
    propose(begins=LATER)
    with pytest.raises(ProposalOpen):
        propose(stricter(percent=1))
    adopt()
    with pytest.raises(ProposalOpen):
        propose(stricter(percent=1))
    assert propose(stricter(percent=1), now=LATER).based_on == 2


def test_what_cannot_be_read_is_refused_with_its_place() -> None:
    broken = [
        replace(check, rule="ballots_found <= ballots_fuond") if check.code == "E205" else check for check in package()
    ]
    with pytest.raises(ChecksRefused) as refused:
        propose(broken)
    assert str(refused.value.fields["E205"]).startswith("At character 18: The form has no line ballots_fuond.")
    with pytest.raises(ChecksRefused) as refused:
        propose([*package(), package()[0]])
    assert refused.value.fields == {"E201": "This code stands here twice."}
    assert not CheckSet.objects.exists() and not Event.objects.filter(kind="checks.proposed").exists()


def test_a_rule_must_mean_something_in_every_contest_of_the_form() -> None:
    only_in_the_list = replace(package()[0], code="W310", rule="votes:a >= 0")
    with pytest.raises(ChecksRefused) as refused:
        propose([*package(), only_in_the_list])
    assert "There is no choice a. (contest okrug)" in str(refused.value.fields["W310"])


def test_a_set_that_changes_nothing_and_one_without_a_reason_are_refused() -> None:
    with pytest.raises(NothingProposed):
        propose(package())
    with pytest.raises(ReasonMissing):
        propose_checks(
            form=form(), checks=stricter(), in_force_from=None, reason=" ", by=scene.person("cec"), role="cec",
            now=scene.NOW,
        )  # fmt: skip


def test_a_set_can_be_withdrawn_until_it_is_in_force() -> None:
    propose(begins=LATER)
    adopt()
    withdraw()
    assert states(LATER) == [SetState.IN_FORCE, SetState.WITHDRAWN]
    assert contest_form(scene.owed().contest_id, at=LATER).check_set == 1
    propose()
    begins = adopt(3)
    with pytest.raises(NotProposed):
        withdraw(3, now=begins - timedelta(seconds=1))
    with pytest.raises(NotProposed):
        adopt(2)


def test_a_protocol_remembers_the_set_it_was_held_against() -> None:
    propose()
    begins = adopt()
    assert submit("r1-d1-s1", begins - timedelta(seconds=1)).check_set == 1
    with pytest.raises(ChecksFailed) as failed:
        submit("r1-d1-s2", begins)
    assert [finding.code for finding in failed.value.findings] == ["W304"]
    version = submit("r1-d1-s2", begins, explanations={"W304": "damp ink"})
    assert version.check_set == body_of("protocol.accepted")["check_set"] == 2
    assert [finding["code"] for finding in version.findings] == ["W304"]


def test_a_held_protocol_that_is_accepted_keeps_the_set_it_came_in_under() -> None:
    scene.hold()
    propose()
    adopt(now=scene.NOW - timedelta(minutes=1))
    scene.decide("accept")
    assert body_of("protocol.accepted")["check_set"] == 1


def test_findings_are_told_in_the_words_of_their_own_set() -> None:
    reworded = [replace(check, messages={**check.messages, "en": "Other words"}) for check in stricter()]
    propose(reworded)
    adopt()
    contest = scene.owed().contest_id
    assert form_of_set(contest, 1).checks[0].messages["en"] == "E201 does not hold"
    assert form_of_set(contest, 2).checks[0].messages["en"] == "Other words"


def test_an_explained_warning_is_told_in_the_words_of_the_set_it_was_met_under() -> None:
    law = {language: f"Article 9 ({language})" for language in LANGUAGES}
    reworded = [
        replace(check, messages={**check.messages, "kk": "Басқа сөздер"}, laws=law) if check.code == "W304" else check
        for check in stricter()
    ]
    lenient = reworded[-1]
    added = replace(
        lenient, code="W399", messages={**lenient.messages, "kk": "Жаңа"}, laws=dict.fromkeys(LANGUAGES, "")
    )
    propose([*reworded, replace(added, rule="ballots_found <= 1")])
    submit("r1-d1-s2", adopt(), explanations={"W304": "damp ink", "W399": "many came"})
    nation = Area.objects.get(level="nation")
    with translation.override("kk"):
        told = {each.code: (each.message, each.law) for each in explained_warnings(nation)}
    assert told == {"W304": ("Басқа сөздер", "Article 9 (kk)"), "W399": ("Жаңа", "")}


def test_a_dry_run_counts_by_region_what_each_changed_check_would_touch() -> None:
    for station, invalid in (("r1-d1-s1", 2), ("r1-d1-s2", 100), ("r2-d1-s1", 2)):
        scene.submit(station, figures=valid_figures(invalid=invalid, unused=300), explanations={"W304": "so"})
    scene.hold("r2-d1-s2")
    (effect,) = dry_run(form().pk, package(), stricter())
    assert (effect.before, effect.now, effect.newly, effect.no_longer) == (1, 3, 2, 0)
    assert effect.regions["r1"]["now"] == 2 and effect.regions["r2"]["newly"] == 1
    assert [touched.judged.station for touched in effect.first] == ["r1-d1-s1", "r2-d1-s1"]
    assert effect.first[0].figures == {"ballots_invalid": 2, "ballots_found": 442}
    assert len(list(touched_by(form().pk, package(), stricter()))) == 2


def test_a_dry_run_agrees_with_what_protocols_then_meet() -> None:
    scene.submit("r1-d1-s1")
    (effect,) = dry_run(form().pk, package(), stricter())
    propose()
    begins = adopt()
    with pytest.raises(ChecksFailed):
        submit("r1-d1-s2", begins)
    assert effect.newly == 1


def test_retired_and_added_checks_are_told_from_changed_ones() -> None:
    added = replace(package()[0], code="W310", severity=Severity.WARNING, rule="ballots_found >= 1")
    after = [*stricter()[1:], added]
    told = {change.code: change.difference.value for change in compare(package(), after)}
    assert (told["E201"], told["W304"], told["W310"], told["E202"]) == ("retired", "changed", "added", "same")


def test_the_database_refuses_to_change_a_set_or_a_decision() -> None:
    propose()
    adopt()
    for statement in (
        "UPDATE stations_checkset SET checks = '[]'",
        "DELETE FROM stations_checksetdecision",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with scene.as_owner() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("UPDATE stations_checkset SET number = 3")


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_adopt_at_once_one_does() -> None:
    propose()
    for name in ("cec2", "cec3"):
        scene.person(name)
    together = Barrier(2)

    def attempt(name: str) -> str:
        together.wait()
        try:
            adopt(by=name)
        except Refusal as refusal:
            return refusal.code
        finally:
            connections["default"].close()
        return "adopted"

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(attempt, ["cec2", "cec3"])) == ["adopted", "not_allowed_now"]
    assert Event.objects.filter(kind="checks.adopted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_adoption_races_acceptance_and_every_version_has_the_set_of_its_moment() -> None:
    """Protocols come in while a set is adopted that begins in the midst of them."""
    propose()
    stations = [f"r{region}-d{district}-s{number}" for region in (1, 2) for district in (1, 2) for number in (1, 2, 3)]
    scene.person("cec2"), scene.person()
    moments = [scene.NOW + timedelta(seconds=second) for second in range(0, 2 * len(stations), 2)]

    def send(given: tuple[str, datetime]) -> None:
        try:
            submit(*given, explanations={"W304": ""})
        finally:
            connections["default"].close()

    def change() -> datetime:
        try:
            return adopt()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(4) as people:
        adopted = people.submit(change)
        # A moment after the adoption's own: no request is that old when it judges (see SOONEST).
        early = [
            people.submit(send, given)
            for given in zip(stations, moments, strict=True)
            if given[1] < scene.NOW + SOONEST
        ]
        begins = adopted.result()
        late = [
            people.submit(send, given)
            for given in zip(stations, moments, strict=True)
            if given[1] >= scene.NOW + SOONEST
        ]
        for each in early + late:
            each.result()
    seen = {version.at >= begins: version.check_set for version in ProtocolVersion.objects.order_by("at")}
    assert seen == {False: 1, True: 2}
    for version in ProtocolVersion.objects.all():
        assert version.check_set == (2 if version.at >= begins else 1)
