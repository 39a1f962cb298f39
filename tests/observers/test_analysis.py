"""Distributions, samples and differences as pages: every picture has its numbers, every station is a link."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.domain.roles import Role
from aggregation.services import settle
from audit.models import Checkpoint
from stations.models import Election
from tests import scene
from tests.figures import tells
from tests.observers.conftest import Appoint
from tests.packages import plurality_figures
from tests.results.verification.conftest import publish_log

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

DICE = "27182818284590452353"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_an_analysis_has_its_pictures_its_numbers_and_its_sources(observer: Client, election: Election) -> None:
    answer = observer.get("/en/observe/analysis/?contest=list")
    page = text(answer)
    # As of the checkpoint: r2-d2-s1 was annulled after it, and had not been sealed.
    assert "2 stations by turnout" in page
    assert "Klimek" in page and "Kobak" in page and "Beber" in page and "Mebane" in page and "harmless causes" in page
    assert re.search(r"Corrected district commission 1 70", page), "forty votes fewer here, thirty more there"
    for station in ("r1-d1-s1", "r2-d1-s1"):
        assert f'href="/en/observe/stations/{station}/"' in answer.content.decode()
    assert "style=" not in answer.content.decode()


def test_the_figures_of_every_station_download_with_the_checkpoint(observer: Client, election: Election) -> None:
    size = Checkpoint.objects.latest("size").size
    answer = observer.get("/en/observe/analysis/?contest=list&format=csv&table=stations")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [(row["station"], row["votes:a"]) for row in rows] == [("r1-d1-s1", "240"), ("r2-d1-s1", "200")]
    assert {row["as_of_log_size"] for row in rows} == {str(size)} and rows[0]["synthetic"] == "yes"
    told = json.loads(observer.get("/en/observe/analysis/?contest=list&format=json&table=corrections").getvalue())
    assert told["as_of"]["checkpoint"].split("\n")[1] == str(size)
    assert told["rows"] == [
        {"station": "r2-d1-s1", "kind": "protocol.corrected", "role": "district", "ordered_by": "", "votes_changed": 70}
    ]


def test_an_analysis_is_of_what_the_person_observes(appoint: Appoint) -> None:
    page = text(appoint(Role.OBSERVER, area="r1").get("/en/observe/analysis/?contest=list"))
    assert "1 stations by turnout" in page and "r2-d1-s1" not in page
    assert "Nothing was corrected" in page


def test_a_sample_is_drawn_counted_and_its_risk_measured(observer: Client, election: Election, tmp_path: Path) -> None:
    for station in ("r1-d1-s1", "r1-d1-s2", "r2-d1-s1", "r2-d2-s1"):
        scene.submit(station, "okrug", plurality_figures())
    settle()
    publish_log(tmp_path)
    address = f"/en/observe/sample/?contest=okrug&seed={DICE}&risk=20"
    answer = observer.get(address)
    page = text(answer)
    assert "4 protocols are not in force." in page and "Kaplan-Markov" in page
    fields = re.findall(r'name="([^"]+:(?:x|y|against_all))"', answer.content.decode())
    assert fields
    right = {name: {"x": 230, "y": 190, "against_all": 20}[name.split(":")[1]] for name in fields}
    counted = text(observer.post(address, right))
    assert "The sample confirms the winner at this risk limit" in counted
    wrong = right | {name: 100 for name in fields if name.endswith(":x")}
    assert "Not confirmed yet" in text(observer.post(address, wrong))
    unread = observer.post(address, right | {fields[0]: "2 30"}).content.decode()
    assert (
        f'<a href="#found-{fields[0].split(":")[0]}">' in unread and f'aria-describedby="error-{fields[0]}"' in unread
    )
    draws = json.loads(observer.get(f"{address}&format=json&table=draws").getvalue())["rows"]
    assert {draw["station"] for draw in draws} == {name.split(":")[0] for name in fields}


def test_a_sample_of_lists_states_no_risk_and_bad_dice_are_refused(observer: Client, election: Election) -> None:
    page = text(observer.get(f"/en/observe/sample/?contest=list&seed={DICE}&stations=1"))
    assert "It states no risk" in page and "1 of 2 stations with a protocol in force" in page
    assert observer.get("/en/observe/sample/?contest=list&seed=1&stations=1").status_code == 422
    assert (
        "no protocol is in force" in text(observer.get(f"/en/observe/sample/?contest=okrug&seed={DICE}&risk=5")).lower()
    )


def test_two_moments_differ_by_the_events_between_them(observer: Client, election: Election, tmp_path: Path) -> None:
    older = Checkpoint.objects.latest("size").size
    settle()
    publish_log(tmp_path)
    page = text(observer.get(f"/en/observe/changes/?contest=list&since={older}"))
    assert "annulled 0 1 +1" in page and "Protocols in force 2 2 —" in page
    assert "Protocol annulled" in page and "Protocol corrected" not in page
    whole = text(observer.get("/en/observe/changes/?contest=list&area=r2"))
    assert "Choice a 0 200 +200" in whole and "Protocol corrected" in whole
    events = (
        observer.get(f"/en/observe/changes/?contest=list&since={older}&format=csv&table=events").getvalue().decode()
    )
    assert [row["kind"] for row in csv.DictReader(io.StringIO(events))] == ["protocol.annulled", "protocol.accepted"]


def test_sums_are_shown_as_of_a_moment_and_lead_on_at_the_same_one(observer: Client, election: Election) -> None:
    first = Checkpoint.objects.order_by("size")[0].size
    answer = observer.get(f"/en/observe/results/list/r2/?size={first}")
    assert "As it stood at" in text(answer)
    assert f'href="/en/observe/results/list/r2-d1/?size={first}"' in answer.content.decode()
    assert not tells(text(observer.get("/en/observe/results/list/kz/?size=0")), 440)
    station = text(observer.get(f"/en/observe/results/list/r2-d2-s1/?size={first}"))
    assert "has not come in yet" in station, "it was sent later, and annulled"
