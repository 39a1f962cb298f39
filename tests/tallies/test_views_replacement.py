"""A recount on its pages, and a repeat voting: who may order it, what they must give, and what is shown of it."""

from __future__ import annotations

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Role
from stations.templatetags import written
from tallies.domain.lifecycle import State
from tallies.models import RepeatVoting
from tests.tallies.night import GOOD, Night, form_data, small_night

pytestmark = pytest.mark.django_db

STATION = "/en/station/s1/list/"
PROTOCOL = "/en/desk/s1/list/"
RECOUNT = f"{PROTOCOL}recount/"
REPEAT = f"{PROTOCOL}repeat/"
FOUND = {**GOOD, "votes:sun": 390, "votes:steppe": 210}
ORDER = {"ordered_by": "court", "act": "2-114/2026", "dated": "2026-03-20", "reason": "Two bundles were confused."}


@pytest.fixture
def night() -> Night:
    night = small_night()
    officer = night.person("officer", Role.OFFICER, station=night.stations["s1"])
    officer.post(STATION, form_data(GOOD))
    return night


@pytest.fixture
def region(night: Night) -> Client:
    return night.person("region", Role.REGION, area=night.areas["north"])


@pytest.fixture
def cec(night: Night) -> Client:
    return night.person("cec", Role.CEC)


def recount(client: Client, night: Night, figures: dict[str, Any] = FOUND, **changed: str) -> Any:
    version = str(night.standing().version_id)
    given = {"version": version, "confirmed": "1", **ORDER, **changed}
    return client.post(RECOUNT, form_data(figures, key=str(uuid.uuid4()), **given))


def words(answer: Any) -> str:
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(text))


def test_a_recount_is_looked_at_first_and_then_a_new_version(region: Client, night: Night) -> None:
    assert 'value="400"' in region.get(RECOUNT).content.decode()
    answer = region.post(RECOUNT, form_data(FOUND, **{**ORDER, "version": str(night.standing().version_id)}))
    assert len(night.versions()) == 1, "looking changes nothing"
    assert "Is this the result of the recount?" in words(answer)
    assert "8. Choice sun 400 390" in words(answer)
    assert "2-114/2026 Date of the act 20 March 2026" in words(answer)


def test_a_recount_confirmed_says_everywhere_who_ordered_it(region: Client, night: Night) -> None:
    assert recount(region, night)["Location"] == PROTOCOL
    assert [version.origin for version in night.versions()] == ["entry", "recount"]
    seen = words(region.get(PROTOCOL))
    assert "Version 2: counted again" in seen
    assert "Ordered by a court, act of 20 March 2026" in seen
    assert "Act that ordered the recount: 2-114/2026" in seen
    assert "Why the ballots were counted again: Two bundles were confused." in seen


def test_a_recount_may_find_the_same(region: Client, night: Night) -> None:
    looked = region.post(RECOUNT, form_data(GOOD, **{**ORDER, "version": str(night.standing().version_id)}))
    assert "All figures are those in force: the new version confirms them." in words(looked)
    assert recount(region, night, GOOD).status_code == 302
    assert len(night.versions()) == 2


@pytest.mark.parametrize("missing", ["ordered_by", "act", "dated", "reason"])
def test_a_recount_needs_to_say_who_ordered_it_by_which_act_and_why(region: Client, night: Night, missing: str) -> None:
    answer = recount(region, night, FOUND, **{missing: ""})
    assert answer.status_code == 422
    assert f'href="#id_{missing}"' in answer.content.decode()
    assert 'value="390"' in answer.content.decode(), "nothing typed is lost"
    assert len(night.versions()) == 1


def test_a_recount_whose_figures_break_a_check_is_not_taken(region: Client, night: Night) -> None:
    assert recount(region, night, {**FOUND, "unused": 190}).status_code == 422
    assert len(night.versions()) == 1


def test_a_recount_of_a_version_that_is_no_longer_in_force_is_refused(region: Client, night: Night) -> None:
    old = str(night.standing().version_id)
    recount(region, night)
    answer = recount(region, night, GOOD, version=old)
    assert answer.status_code == 409
    assert "Another version came in" in words(answer)


def test_a_district_corrects_and_does_not_order_recounts(night: Night) -> None:
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    assert "Record a recount" not in words(district.get(PROTOCOL))
    assert district.get(RECOUNT).status_code in (403, 404)
    assert recount(district, night).status_code in (403, 404)
    assert len(night.versions()) == 1


def annulled(cec: Client, night: Night) -> str:
    version = str(night.standing().version_id)
    cec.post(f"{PROTOCOL}annul/", {"version": version, "reason": "Article 20, decision 7"})
    return version


def test_a_repeat_voting_is_ordered_where_a_result_is_annulled(cec: Client, night: Night) -> None:
    assert "Order repeat voting" not in words(cec.get(PROTOCOL))
    version = annulled(cec, night)
    assert "Order repeat voting" in words(cec.get(PROTOCOL))
    assert "enters a new protocol once it closes" in words(cec.get(REPEAT))
    day = timezone.localdate()
    ordered = {"version": version, "reason": "Article 44, decision 9", "day": day.isoformat()}
    assert cec.post(REPEAT, ordered).status_code == 302
    assert night.standing().state == State.REPEAT_ORDERED
    seen = words(cec.get(PROTOCOL))
    assert "Version 1 annulled" in seen, "what was annulled stays annulled while a new vote is waited for"
    assert f"Day of the repeat voting: {written.day(day)}" in seen
    assert "Legal ground of the repeat voting: Article 44, decision 9" in seen


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"day": ""}, {"day": "soon"}])
def test_a_repeat_voting_needs_its_ground_and_its_day(cec: Client, night: Night, wrong: dict[str, str]) -> None:
    version = annulled(cec, night)
    given = {"version": version, "reason": "Article 44", "day": timezone.localdate().isoformat(), **wrong}
    assert cec.post(REPEAT, given).status_code == 422
    assert night.standing().state == State.ANNULLED


def test_a_repeat_voting_is_not_ordered_for_a_day_that_is_over(cec: Client, night: Night) -> None:
    version = annulled(cec, night)
    answer = cec.post(REPEAT, {"version": version, "reason": "Article 44", "day": "2023-03-20"})
    assert "The day of the repeat voting cannot be in the past." in words(answer)
    assert not RepeatVoting.objects.exists()


def test_only_the_central_commission_orders_a_repeat_voting(cec: Client, region: Client, night: Night) -> None:
    version = annulled(cec, night)
    given = {"version": version, "reason": "Article 44", "day": timezone.localdate().isoformat()}
    assert region.post(REPEAT, given).status_code in (403, 404)
    assert night.standing().state == State.ANNULLED


def test_the_station_enters_the_protocol_of_the_repeat_voting(cec: Client, night: Night) -> None:
    version = annulled(cec, night)
    cec.post(REPEAT, {"version": version, "reason": "Article 44", "day": timezone.localdate().isoformat()})
    officer = night.person("new-officer", Role.OFFICER, station=night.stations["s1"])
    form = officer.get(STATION)
    assert "Enter the protocol of the repeat voting." in words(form)
    assert 'value="400"' not in form.content.decode(), "the annulled figures are no starting point"
    assert officer.post(STATION, form_data(FOUND, key=str(uuid.uuid4()))).status_code == 302
    assert night.standing().state == State.IN_FORCE
    assert "Version 1 annulled" in words(cec.get(PROTOCOL))
    assert "Version 2 in force" in words(cec.get(PROTOCOL))
