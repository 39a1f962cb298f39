"""Own copies: which agree, which differ, which are not in yet; nothing of them stays."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Role
from audit.domain.merkle import leaf_hash
from config.settings import BASE_DIR
from observers.domain.copies import Fault, read_copies
from stations.models import Election
from tests import scene
from tests.figures import tells
from tests.observers.conftest import Appoint
from tests.packages import valid_figures
from verifier.hattama_verify import LogKey, check_proof

VERIFIER = BASE_DIR / "verifier" / "hattama_verify.py"
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

NAMES = {"voters_on_list": "voters_on_list", "votes:a": "votes:a", "choice a": "votes:a"}


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def count_rows() -> int:
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name != "django_session"]
        cursor.execute(" UNION ALL ".join(f'SELECT count(*) FROM "{name}"' for name in tables))
        return sum(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_are_read_however_they_are_set_apart(separator: str) -> None:
    lines = ["station,Choice A,voters_on_list", "r1,240,1 000", "", "r2,,7"]
    copies, problems = read_copies("\n".join(lines).replace(",", separator), NAMES)
    assert problems == []
    assert [(copy.line, copy.station, copy.figures) for copy in copies] == [
        (2, "r1", {"votes:a": 240, "voters_on_list": 1000}),
        (4, "r2", {"voters_on_list": 7}),
    ]


def test_what_cannot_be_read_is_told_and_the_rest_is_compared() -> None:
    copies, problems = read_copies("station,votes:a,nonsense\nr1,many,1\n,5,\nr1,6,\nr2,9999999999,", NAMES)
    assert [problem.fault for problem in problems] == [
        Fault.UNKNOWN_COLUMN, Fault.NOT_A_NUMBER, Fault.NO_STATION, Fault.TWICE, Fault.NOT_A_NUMBER,
    ]  # fmt: skip
    assert [copy.figures for copy in copies] == [{}, {}]
    assert read_copies("votes:a\n5", NAMES)[1][0].fault is Fault.NO_STATION_COLUMN


def test_many_copies_are_compared_at_once_and_nothing_of_them_is_kept(observer: Client, election: Election) -> None:
    before = count_rows()
    pasted = "station,votes:a,votes:b\nr1-d1-s1,240,120\nr2-d1-s1,201,150\nr1-d1-s2,1,2\nr9,1,2\n"
    page = text(observer.post("/en/observe/copies/?contest=list", {"pasted": pasted}))
    assert re.search(r"agree 1 differ 1 not in yet 1", page)
    assert "Choice a: your copy 201, the protocol 200" in page
    assert "Line 5: there is no station r9" in page
    assert count_rows() == before


def test_a_file_is_compared_as_what_is_pasted(observer: Client, election: Election) -> None:
    file = SimpleUploadedFile("copies.csv", "\ufeffstation;Choice a\nr1-d1-s1;240\n".encode())
    page = text(observer.post("/en/observe/copies/?contest=list", {"file": file}))
    assert re.search(r"agree 1 differ 0 not in yet 0", page)
    bad = SimpleUploadedFile("copies.csv", b"station\n\xff\xfe")
    assert "The file is not UTF-8" in text(observer.post("/en/observe/copies/", {"file": bad}))
    assert "Paste the figures, or choose a file." in text(observer.post("/en/observe/copies/", {}))


def test_one_copy_is_keyed_in_and_leads_to_a_complaint_with_its_figures(observer: Client, election: Election) -> None:
    address = "/en/observe/copies/r1-d1-s1/list/"
    answer = observer.post(address, {"figure-votes:a": "241", "figure-votes:b": "120"})
    assert "Your copy and the protocol in force differ." in text(answer)
    (link,) = re.findall(r'href="(/en/complaints/[^"]+)"', unescape(answer.content.decode()))
    assert parse_qs(urlsplit(link).query) == {"figure-votes:a": ["241"], "figure-votes:b": ["120"]}
    form = observer.get(link).content.decode()
    assert re.search(r'name="figure-votes:a" value="241"', form)
    same = {f"figure-{code}": figure for code, figure in valid_figures().items()}
    assert "Every figure of your copy is that of the protocol in force." in text(observer.post(address, same))
    assert "Type at least one figure" in text(observer.post(address, {}))


PASTED = "station,votes:a,votes:b\nr1-d1-s1,240,120\nr2-d1-s1,201,150\nr1-d1-s2,1,2\n"


def test_a_difference_is_printed_with_the_proof_of_its_protocol(observer: Client, election: Election) -> None:
    page = unescape(observer.post("/en/observe/copies/?contest=list", {"pasted": PASTED}).content.decode())
    (proof,) = re.findall(r"<code>(c2sp.org/tlog-proof@v1.+?)</code>", page, re.S)
    index, size, entry = check_proof(proof, LogKey.of(Path(settings.LOG_DIR, "vkey").read_text()))
    assert b'"station":"r2-d1-s1"' in entry and b'"votes:a":200' in entry
    assert hashlib.sha256(entry).hexdigest() in page and leaf_hash(entry).hex() in page
    assert f"<dd>{index}</dd>" in page
    assert f"log's checkpoint of {size} entries" in page
    one = unescape(observer.post("/en/observe/copies/r2-d1-s1/list/", {"figure-votes:a": "201"}).content.decode())
    assert proof in one


def test_the_archive_holds_a_proof_of_every_protocol_compared(
    observer: Client, election: Election, tmp_path: Path
) -> None:
    page = observer.post("/en/observe/copies/?contest=list", {"pasted": PASTED}).content.decode()
    (again,) = re.findall(r'<textarea name="pasted" hidden>(.+?)</textarea>', page, re.S)
    (action,) = re.findall(r'method="post" action="(\?contest=list[^"]+)"', page)
    answer = observer.post(f"/en/observe/copies/{unescape(action)}", {"pasted": unescape(again), "format": "proofs"})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    archive.extractall(tmp_path / "home")
    proofs = sorted(name for name in archive.namelist() if name.startswith("proofs/"))
    assert proofs == ["proofs/list.r1-d1-s1.tlog-proof", "proofs/list.r2-d1-s1.tlog-proof"]
    for proof in proofs:
        command = [sys.executable, str(VERIFIER), "--proof", proof, "--vkey", "vkey"]
        done = subprocess.run(command, cwd=tmp_path / "home", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    rows = list(csv.DictReader(archive.read("comparison.csv").decode().splitlines()))
    outcomes = [(row["station"], row["outcome"], row["figure"], row["own_copy"], row["protocol"]) for row in rows]
    assert outcomes == [
        ("r2-d1-s1", "differs", "votes:a", "201", "200"),
        ("r1-d1-s2", "absent", "", "", ""),
        ("r1-d1-s1", "agrees", "", "", ""),
    ]
    assert "list.STATION.tlog-proof" in archive.read("README.txt").decode()


def test_proofs_of_many_protocols_take_no_more_statements_than_of_one(observer: Client, election: Election) -> None:
    def statements(pasted: str) -> int:
        with CaptureQueriesContext(connections["reader"]) as taken:
            observer.post("/en/observe/copies/?contest=list", {"pasted": pasted})
        return len(taken)

    statements(PASTED)
    one = statements("station,votes:a\nr2-d1-s1,201\n")
    assert statements("station,votes:a\nr2-d1-s1,201\nr1-d1-s1,1\n") == one


def test_a_comparison_is_shown_even_where_the_log_disagrees_with_itself(
    observer: Client, election: Election, tmp_path: Path
) -> None:
    (tile,) = Path(settings.LOG_DIR, "tile/0/000.p").iterdir()
    tile.write_bytes(bytes(len(tile.read_bytes())))
    page = text(observer.post("/en/observe/copies/?contest=list", {"pasted": PASTED}))
    assert "Choice a: your copy 201, the protocol 200" in page
    assert "The parts of the log disagree" in page
    answer = observer.post("/en/observe/copies/?contest=list", {"pasted": PASTED, "format": "proofs"})
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert [name for name in names if name.startswith("proofs/")] == ["proofs/NONE.txt"]


def test_a_comparison_is_a_file_too(observer: Client, election: Election) -> None:
    answer = observer.post("/en/observe/copies/?contest=list", {"pasted": PASTED, "format": "json"})
    rows = json.loads(answer.getvalue())["rows"]
    assert [row["outcome"] for row in rows] == ["differs", "absent", "agrees"]
    assert rows[1]["record_sha256"] is None


def test_a_protocol_that_no_checkpoint_covers_yet_has_no_proof_yet(observer: Client, election: Election) -> None:
    scene.submit("r2-d2-s2")
    page = text(observer.post("/en/observe/copies/r2-d2-s2/list/", {"figure-votes:a": "1"}))
    assert "is not under a signed checkpoint yet" in page


def test_a_copy_of_a_held_protocol_is_held_against_nothing(observer: Client, election: Election) -> None:
    page = text(observer.post("/en/observe/copies/r1-d1-s2/list/", {"figure-ballots_received": "942"}))
    assert "No protocol of this station is in force now" in page
    assert not tells(page, 943)


def test_copies_are_compared_within_what_is_observed(appoint: Appoint) -> None:
    client = appoint(Role.OBSERVER, area="r1")
    page = text(client.post("/en/observe/copies/", {"pasted": "station,votes:a\nr2-d1-s1,200\n"}))
    assert "there is no station r2-d1-s1 in list that you observe" in page
    assert client.get("/en/observe/copies/r2-d1-s1/list/").status_code == 404
    commission = appoint(Role.DISTRICT, area="r1-d1")
    answer = commission.post("/en/observe/copies/", {"pasted": "station,votes:a\nr1-d1-s1,1\n"})
    assert "Turn it into a complaint" not in text(answer), "a commission answers complaints"
