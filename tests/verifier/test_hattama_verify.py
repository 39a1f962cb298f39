"""The verifier as observers use it: on a bundle or a site, with a key, a kept checkpoint, and copies of protocols."""

from __future__ import annotations

import base64
import csv
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import metamorphic_log
import pytest

from audit.domain.merkle import leaf_hash
from config.data_folder import CHECKOUT
from tests.packages import valid_figures
from tests.results.verification.test_published import flip_a_bit, largest
from verifier.hattama_verify import _WORDS, entries_of, main

pytestmark = pytest.mark.django_db(transaction=True)

FILE = CHECKOUT / "verifier" / "hattama_verify.py"


@pytest.fixture
def vkey(bundle: Path) -> str:
    return (bundle / "log/vkey").read_text().strip()


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run the verifier; return its exit code and what it said."""
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


def size_of(bundle: Path) -> int:
    return int((bundle / "log/checkpoint").read_text().split("\n")[1])


def write_copies(path: Path, *rows: dict[str, Any]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_file_runs_by_itself_far_from_the_server(bundle: Path, vkey: str, tmp_path: Path) -> None:
    alone = tmp_path / "home/verify.py"
    alone.parent.mkdir()
    alone.write_bytes(FILE.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", str(alone), str(bundle), "--vkey", vkey],
        cwd=alone.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything that was checked holds." in done.stdout
    assert "DOES NOT HOLD" not in done.stdout


def test_it_says_what_holds_and_the_result_that_follows(
    bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = said(capsys, bundle, "--vkey", vkey)
    assert code == 0
    size = size_of(bundle)
    for sentence in (
        f"Signature: the checkpoint of {size} events is signed",
        f"Events: all {size} events are there",
        "11 in force, 1 held, 1 annulled, 3 not in",
        "Checks: 15 protocols were held against the published checks again",
        "Bulletin 1: its sums and seats are those of the protocols in the log of 15 events (9 of 16 protocols)",
        f"list: 6 of 8 protocols in force as of {size} events",
        "1400 votes, 53.23 %, 6 seats",
    ):
        assert sentence in out


@pytest.mark.parametrize(
    ("language", "word"), [("kk", "Тексерілгеннің бәрі дұрыс."), ("ru", "Всё, что проверено, верно.")]
)
def test_it_speaks_three_languages(
    language: str, word: str, bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = said(capsys, bundle, "--vkey", vkey, "--language", language)
    assert code == 0 and word in out


def test_every_sentence_has_the_same_places_in_all_languages() -> None:
    for key, sentences in _WORDS.items():
        places = [{part.split("}")[0] for part in sentence.split("{")[1:]} for sentence in sentences]
        assert places[0] == places[1] == places[2], key


def test_without_a_key_it_takes_the_published_one_and_says_so(
    bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = said(capsys, bundle / "log")
    assert code == 0
    assert f"Compare it with the key in a newspaper or from people you trust: {vkey}" in out


def test_another_key_than_was_given_is_refused(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = "hattama.test/log+1a2c6ac8+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert main([str(bundle), "--vkey", other]) == 2
    assert "vkey" in capsys.readouterr().err


def test_a_kept_checkpoint_is_held_against_the_next_one(
    bundle: Path, vkey: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "my.checkpoint"
    assert "No older checkpoint" not in said(capsys, bundle, "--vkey", vkey, "--keep", keep)[1]
    assert keep.read_text() == (bundle / "log/checkpoint").read_text()
    assert (
        f"nothing was changed or removed since the checkpoint of {size_of(bundle)}"
        in said(capsys, bundle, "--vkey", vkey, "--keep", keep)[1]
    )


def test_what_it_finds_forged_replaces_nothing_that_was_kept(
    bundle: Path, vkey: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "my.checkpoint"
    forged = (bundle / "log/checkpoint").read_text().replace(f"\n{size_of(bundle)}\n", "\n7\n")
    keep.write_text(forged)
    code, out = said(capsys, bundle, "--vkey", vkey, "--keep", keep)
    assert code == 1 and "is not a checkpoint signed with the log" in out
    assert keep.read_text() == forged


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("tile/entries/000.p/*", "the published events do not hash to the root that was signed"),
        ("tile/0/000.p/*", "does not hold the hashes of the events"),
    ],
)
def test_a_changed_file_is_found(
    pattern: str, sentence: str, bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flip_a_bit(largest(bundle / "log", pattern), 40)
    code, out = said(capsys, bundle, "--vkey", vkey)
    assert code == 1 and sentence in out


def test_a_bundle_cut_short_and_a_missing_one_are_found(
    bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = largest(bundle / "log", "tile/entries/000.p/*")
    path.write_bytes(path.read_bytes()[:-1])
    code, out = said(capsys, bundle, "--vkey", vkey)
    assert code == 1 and f"does not hold the {size_of(bundle)} events it must" in out
    path.unlink()
    code, out = said(capsys, bundle, "--vkey", vkey)
    assert code == 1 and "cannot be read" in out


def test_a_changed_package_is_found(bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]) -> None:
    flip_a_bit(next((bundle / "log/election").iterdir()), 100)
    code, out = said(capsys, bundle, "--vkey", vkey)
    assert code == 1 and "is not what its hash says" in out


def test_a_changed_figure_of_a_published_result_is_named(
    bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = next((bundle / "snapshots").rglob("bulletin-1.*.json"))
    snapshot = json.loads(path.read_bytes())
    snapshot["contests"]["list"]["tallies"]["r1-d2"]["figures"][10] += 1
    path.write_text(json.dumps(snapshot))
    code, out = said(capsys, bundle, "--vkey", vkey)
    assert code == 1
    assert "Bulletin 1: list, r1-d2, votes:a: published 241, the protocols give 240" in out


def test_own_copies_agree_differ_or_are_not_in_yet(
    bundle: Path, vkey: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copies = write_copies(
        tmp_path / "copies.csv",
        {"station": "r1-d2-s1", "contest": "list", **valid_figures()},
        {"station": "r2-d1-s1", "contest": "list", **valid_figures(), "votes:a": 230},
        {"station": "r2-d2-s2", "contest": "list", **valid_figures()},
    )
    proofs = tmp_path / "proofs"
    code, out = said(capsys, bundle, "--vkey", vkey, "--copies", copies, "--proofs", proofs)
    assert code == 1
    assert "Own copies: 1 agree, 1 differ, 1 not in yet." in out
    assert "Own copy of list, r2-d1-s1: votes:a: yours 230, in the log 240" in out
    assert {path.name for path in proofs.iterdir()} == {"list.r1-d2-s1.tlog-proof", "list.r2-d1-s1.tlog-proof"}


def test_its_proofs_hold_before_a_verifier_of_others_and_before_itself(
    bundle: Path, vkey: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copies = write_copies(tmp_path / "copies.csv", {"station": "r1-d2-s1", **valid_figures()})
    said(capsys, bundle, "--vkey", vkey, "--copies", copies, "--contest", "list", "--proofs", tmp_path / "proofs")
    proof = tmp_path / "proofs/list.r1-d2-s1.tlog-proof"
    head, note = proof.read_text().split("\n\n", 1)
    _, index, *path = head.split("\n")
    entries = entries_of(largest(bundle / "log", "tile/entries/000.p/*").read_bytes())
    entry = entries[int(index.removeprefix("index "))]
    hashes = [base64.b64decode(each) for each in path]
    metamorphic_log.checkpoint_verify_inclusion(note, [vkey], int(index[6:]), leaf_hash(entry), hashes)

    file = tmp_path / "entry"
    file.write_bytes(entry)
    code, out = said(capsys, "--proof", proof, "--entry", file, "--vkey", vkey)
    assert code == 0 and '"station":"r1-d2-s1"' in out
    file.write_bytes(entry.replace(b"240", b"241"))
    code, out = said(capsys, "--proof", proof, "--entry", file, "--vkey", vkey)
    assert code == 1 and "the path does not lead to the root" in out


def test_a_copy_that_cannot_be_read_is_named_with_its_line(
    bundle: Path, vkey: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copies = write_copies(
        tmp_path / "copies.csv",
        {"station": "r1-d2-s1", "contest": "list", "votes:zz": 1},
        {"station": "nowhere", "contest": "list", "votes:zz": ""},
    )
    code, out = said(capsys, bundle, "--vkey", vkey, "--copies", copies)
    assert code == 1
    assert "line 2: there is no figure votes:zz" in out and "line 3: “nowhere” does not vote in list" in out
    copies.write_text("station,votes:a\nr1-d2-s1,many\n")
    assert main([str(bundle), "--copies", str(copies)]) == 2


def test_everything_is_told_as_data(bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = said(capsys, bundle, "--vkey", vkey, "--json")
    told = json.loads(out)
    assert told["ok"] is True and told["checkpoint"].startswith(f"hattama.test/log\n{size_of(bundle)}\n")
    nation = told["elections"]["test-2026"]["list"]["kz"]
    assert nation["stations"] == [8, 6, 1, 1] and nation["figures"]["votes:a"] == 1400


def test_a_witness_that_must_have_cosigned_is_missed(
    bundle: Path, vkey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    from audit.domain.notes import SigningKey  # noqa: PLC0415

    witness = SigningKey("witness.test", Ed25519PrivateKey.generate()).verifier
    code, out = said(capsys, bundle, "--vkey", vkey, "--witness", witness)
    assert code == 1 and "witness.test has not cosigned" in out


@pytest.fixture
def site(bundle: Path) -> Iterator[str]:
    """The bundle behind a web server."""
    handler = partial(_Quiet, directory=str(bundle))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_site_is_verified_as_its_bundle_is(site: str, vkey: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(capsys, site, "--vkey", vkey)
    assert code == 0 and "Bulletin 1: its sums and seats" in out


def test_a_site_that_is_not_there_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:9"]) == 2
    assert main(["/nowhere"]) == 2
