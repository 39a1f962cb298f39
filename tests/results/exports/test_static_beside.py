"""What the static site tells beside figures: search, drawings, turnout, photographs, places in the log."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from aggregation.services import settle
from audit.models import LogIndex
from results.exports.model import LANGUAGES
from results.exports.site.finding import LETTERS
from results.publication.services import publish_bulletin
from tallies.services.photographs import attach_photograph
from tests import scene
from tests.figures import tells
from tests.results.exports.published import PublishedNight
from tests.results.exports.test_bundle import write
from tests.results.exports.test_static_site import Links, publish_another
from tests.results.verification.conftest import publish_log
from tests.tallies.conftest import uploads  # noqa: F401 (a fixture)
from tests.tallies.photographs import pictures

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

SITE = "elections/test-2026"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def page(out: Path, path: str, language: str = "en") -> str:
    return (out / SITE / language / path).read_text()


def index(out: Path) -> Path:
    (folder,) = (out / SITE / "search").iterdir()
    return folder


def found(out: Path, *words: str) -> list[str]:
    """The pages that have words beginning so, by the index alone, as a script reads it."""
    rows: set[int] | None = None
    for word in words:
        file = index(out) / "words" / f"{word[:LETTERS].encode().hex()}.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        having = {
            sum(steps[: place + 1])
            for each, steps in known.items()
            if each.startswith(word)
            for place in range(len(steps))
        }
        rows = having if rows is None else rows & having
    told = [row for file in sorted((index(out) / "rows" / "en").glob("*.json")) for row in json.loads(file.read_text())]
    return [told[row][3] for row in sorted(rows or ())]


def test_stations_areas_contests_and_candidates_are_found_by_beginnings_of_words(
    night: PublishedNight, out: Path
) -> None:
    write(night, out)
    assert found(out, "r1", "s1", "d2") == ["places/r1-d2-s1.html"]
    assert found(out, "казакша", "r1", "d1", "s2") == ["places/r1-d1-s2.html"], "in whichever language it is asked"
    assert "places/r2.html" in found(out, "r2")
    assert found(out, "nowhere") == []
    for language in LANGUAGES:
        for path in found(out, "s1"):
            assert (out / SITE / language / path).is_file()


def test_an_index_is_named_by_its_content_and_a_bulletin_leaves_it_alone(night: PublishedNight, out: Path) -> None:
    write(night, out)
    before = index(out)
    publish_another(night)
    write(night, out)
    assert index(out) == before


def test_without_a_script_lists_lead_to_every_station(night: PublishedNight, out: Path) -> None:
    write(night, out)
    for language in LANGUAGES:
        links = Links(page(out, "search.html", language)).found
        assert {"places/r1.html", "places/r2-d2.html", "numbers/r2.html"} <= links
        assert "../places/r2-d2-s1.html" in Links(page(out, "numbers/r2.html", language)).found


def test_the_front_page_draws_seats_and_who_leads_where(night: PublishedNight, out: Path) -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_area SET tile_x = right(code, 1)::int, tile_y = 1 WHERE level = 'region'")
    write(night, out)
    front = page(out, "index.html")
    assert 'class="hemicycle"' in front
    assert 'class="tiles"' in front
    assert "places/r1.html" in Links(front).found


def test_turnout_through_the_day_has_pages_once_somebody_reported(night: PublishedNight, out: Path) -> None:
    write(night, out)
    assert "turnout.html" not in Links(page(out, "index.html")).found
    scene.report_turnout("r1-d1-s1", "10:00", 111)
    settle()
    write(night, out)
    assert "turnout.html" in Links(page(out, "index.html")).found
    assert "turnout/r1.html" in Links(page(out, "turnout.html")).found
    assert "111" in page(out, "turnout/r1.html")
    assert not tells(page(out, "turnout/r2.html"), 111)


def test_a_station_names_the_entry_of_the_log_that_put_its_protocol_in_force(night: PublishedNight, out: Path) -> None:
    write(night, out)
    accepted = LogIndex.objects.filter(event__kind="protocol.accepted").order_by("index").first()
    assert accepted is not None
    assert f"Entry {accepted.index} of the signed log" in page(out, "places/r1-d1-s1.html")
    assert "of the signed log put" not in page(out, "places/r2-d1-s2.html"), "it is held"


def test_the_bundle_brings_the_verifier_which_proves_a_protocol_from_it(
    night: PublishedNight, out: Path, tmp_path: Path
) -> None:
    write(night, out)
    copies = tmp_path / "copies.csv"
    copies.write_text("station,contest,votes:a\nr1-d2-s1,list,240\n")
    command = [str(out / "log/hattama_verify.py"), str(out), "--vkey", str(out / "log/vkey")]
    copied = ["--copies", str(copies), "--proofs", str(tmp_path / "proofs")]
    subprocess.run([sys.executable, *command, *copied], check=True, capture_output=True)
    proof = (tmp_path / "proofs" / "list.r1-d2-s1.tlog-proof").read_text()
    assert proof.endswith((out / "log/checkpoint").read_text())


def attach(station: str, folder: Path, content: bytes) -> int:
    file = pictures.written(folder, content)
    attached = attach_photograph(owed=scene.owed(station), file=file, by=scene.person(), role="officer", now=scene.NOW)
    return int(attached.pk)


def publish_shown(night: PublishedNight, *, shown: bool) -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET photographs_public = %s", [shown])
    night.election.refresh_from_db()
    publish_log(night.log_dir.parent)
    publish_bulletin(election=night.election, by=scene.person("cec"), now=scene.NOW)
    publish_log(night.log_dir.parent)


def photographs(out: Path) -> list[Path]:
    return [path for path in (out / "photographs").rglob("*") if path.is_file()]


def test_photographs_of_protocols_that_count_lie_beside_by_their_hash(
    night: PublishedNight,
    out: Path,
    tmp_path: Path,
    uploads: Path,  # noqa: F811
) -> None:
    attach("r1-d1-s1", tmp_path, pictures.jpeg())
    attach("r2-d1-s2", tmp_path, pictures.jpeg((700, 800)))
    publish_shown(night, shown=True)
    write(night, out)
    station = page(out, "places/r1-d1-s1.html")
    (copy,) = photographs(out)
    assert copy.stem == hashlib.sha256(copy.read_bytes()).hexdigest()
    assert f"../../../../photographs/{copy.stem[:2]}/{copy.name}" in Links(station).found
    assert "<img" not in page(out, "places/r2-d1-s2.html"), "it is held"


def test_where_photographs_are_not_public_none_is_copied(
    night: PublishedNight,
    out: Path,
    tmp_path: Path,
    uploads: Path,  # noqa: F811
) -> None:
    attach("r1-d1-s1", tmp_path, pictures.jpeg())
    publish_shown(night, shown=False)
    write(night, out)
    assert not photographs(out)
    assert "<img" not in page(out, "places/r1-d1-s1.html")
