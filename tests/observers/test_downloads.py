"""Whatever a page of the observers' room shows can be taken home as CSV and JSON, with the checkpoint in the file."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from aggregation.services import settle
from audit.models import Checkpoint, Event
from observers.domain.distributions import BINS
from observers.events import EVENTS_ON_A_PAGE
from stations.models import Election
from tests import scene
from tests.observers.conftest import Appoint
from tests.packages import plurality_figures
from tests.results.verification.conftest import publish_log

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

DICE = "27182818284590452353"
OBSERVE = "/en/observe/"
_PICTURES = {"stations", "cells", "whole_percents", "digits", "below_reported", "corrections"}


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


@pytest.mark.parametrize(
    ("page", "tables"),
    [
        ("", {"events", "states"}),
        ("results/list/kz/", {"sums"}),
        ("results/list/r2-d1/", {"sums"}),
        ("results/list/r2-d1-s1/", {"versions"}),
        ("stations/r2-d1-s1/", {"versions", "findings", "turnout", "complaints", "events"}),
        ("areas/r1/?contest=list", {"open", "states"}),
        ("changes/?contest=list", {"figures", "events"}),
        ("analysis/?contest=list", _PICTURES),
        (f"sample/?contest=list&seed={DICE}&stations=2", {"stations"}),
    ],
)
def test_every_table_of_a_page_downloads_with_the_checkpoint(
    observer: Client, election: Election, page: str, tables: set[str]
) -> None:
    scene.report_turnout("r2-d1-s1", "10:00", 500)
    checkpoint = Checkpoint.objects.latest("size")
    content = observer.get(OBSERVE + page).content.decode()
    addresses = [unescape(found) for found in re.findall(r'href="([^"]*format=[^"]*)"', content)]
    assert {found[1] for address in addresses if (found := re.search(r"table=(\w+)", address))} == tables
    for address in addresses:
        answer = observer.get(address)
        assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
        whole = answer.getvalue().decode()
        if "format=json" in address:
            told = json.loads(whole)
            assert told["as_of"]["checkpoint"] == checkpoint.note
            assert told["election"] == election.code and told["synthetic"] is True
        else:
            head, *rows = csv.reader(io.StringIO(whole))
            assert {"as_of_log_size", "as_of_root", "synthetic", "training"} <= set(head)
            assert {row[head.index("as_of_log_size")] for row in rows} <= {str(checkpoint.size)}
            assert {len(row) for row in rows} <= {len(head)}


def test_the_event_list_downloads_whole_and_narrowed_as_the_page_is(observer: Client, election: Election) -> None:
    whole = rows_of(observer, f"{OBSERVE}?format=csv&table=events")
    assert len(whole) == Event.objects.count()
    assert whole[0]["index"] == "" and whole[-1]["index"] == "0", "the newest is not sealed yet"
    held = rows_of(observer, f"{OBSERVE}?kind=protocol.held&format=csv&table=events")
    assert [row["station"] for row in held] == ["r1-d2-s1", "r1-d1-s2"] and {row["role"] for row in held} == {"officer"}
    assert EVENTS_ON_A_PAGE < 2_000, "one page is less than the file reads at once"


def test_an_event_downloads_as_it_is_hashed(observer: Client, election: Election) -> None:
    event = Event.objects.get(kind="protocol.corrected")
    answer = observer.get(f"{OBSERVE}events/{event.pk}/?format=json")
    (row,) = json.loads(answer.getvalue())["rows"]
    assert row["entry"] == bytes(event.entry).decode() and row["index"] == event.log_index.pk


def test_sums_are_those_of_the_checkpoint_and_add_up(observer: Client, election: Election) -> None:
    nation, *regions = rows_of(observer, f"{OBSERVE}results/list/kz/?format=csv")
    assert nation["place"] == "kz" and nation["votes:a"] == "440" and nation["stations_expected"] == "8"
    assert sum(int(region["votes:a"]) for region in regions) == 440
    district, *stations = rows_of(observer, f"{OBSERVE}results/list/r1-d1/?format=csv")
    assert district["stations_held"] == "1"
    assert [(row["place"], row["state"], row["votes:a"]) for row in stations] == [
        ("r1-d1-s1", "in_force", "240"),
        ("r1-d1-s2", "held", ""),
    ]


def test_an_areas_file_has_every_open_station(observer: Client, election: Election) -> None:
    found = rows_of(observer, f"{OBSERVE}areas/r1/?contest=list&format=csv&table=open")
    assert [(row["station"], row["state"]) for row in found] == [
        ("r1-d1-s2", "held"), ("r1-d2-s1", "returned"), ("r1-d2-s2", "awaited"),
    ]  # fmt: skip
    counted = rows_of(observer, f"{OBSERVE}areas/r1/?contest=list&format=csv&table=states")
    assert {row["state"]: row["protocols"] for row in counted} == {
        "awaited": "1", "held": "1", "in_force": "1", "returned": "1",
    }  # fmt: skip


def test_the_numbers_behind_a_picture_are_all_there(observer: Client, election: Election) -> None:
    cells = rows_of(observer, f"{OBSERVE}analysis/?contest=list&format=csv&table=cells")
    assert {row["station"] for row in cells} == {"r1-d1-s1", "r2-d1-s1"}
    assert {int(row["share_from_percent"]) % (100 // BINS) for row in cells} == {0}
    digits = rows_of(observer, f"{OBSERVE}analysis/?contest=list&format=csv&table=digits")
    assert [(row["place"], row["digit"]) for row in digits[:2]] == [("last", "0"), ("last", "1")] and len(digits) == 20


def test_what_was_counted_by_hand_downloads_with_the_risk(observer: Client, election: Election, tmp_path: Path) -> None:
    for station in ("r1-d1-s1", "r2-d1-s1"):
        scene.submit(station, "okrug", plurality_figures())
    settle()
    publish_log(tmp_path)
    address = f"{OBSERVE}sample/?contest=okrug&seed={DICE}&risk=20"
    page = observer.get(address).content.decode()
    fields = re.findall(r'name="([^"]+:(?:x|y|against_all))"', page)
    counted = {name: {"x": 230, "y": 189, "against_all": 20}[name.split(":")[1]] for name in fields}
    told = json.loads(observer.post(address, {**counted, "format": "json", "table": "counted"}).getvalue())
    assert told["seed"] == DICE and told["risk_limit"] == 0.2 and 0 < told["risk_measured"] < 1
    assert {(row["choice"], row["protocol"], row["difference"]) for row in told["rows"]} == {
        ("x", 230, 0), ("y", 190, -1), ("against_all", 20, 0),
    }  # fmt: skip


def test_whom_an_observer_is_accredited_for_downloads(appoint: Appoint, election: Election) -> None:
    client = appoint(area="r1")
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE accounts_appointment SET organisation = '=MISK'")
    (row,) = rows_of(client, f"{OBSERVE}?format=csv&table=accreditations")
    assert row["organisation"] == "'=MISK", "no spreadsheet takes a name for a formula"
    assert row["place"] == "r1" and settings.TRAINING is False and row["training"] == "no"
