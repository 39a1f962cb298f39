"""Witnesses outside: whoever follows the log, by its own program and machine, notices when it is rewritten."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import metamorphic_log
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import selectors, services
from audit.domain.checkpoints import TreeHead, checkpoint_text
from audit.domain.cosignatures import cosign
from audit.domain.notes import COSIGNER, SigningKey, VerifierKey, parse_vkey, sign
from audit.log_folder import LogFolder
from audit.models import Alarm, Checkpoint, Cosignature
from audit.outbound import Reach
from audit.signer import Signer, create_key
from config.data_folder import CHECKOUT
from tests.audit.conftest import ORIGIN
from tests.scene import as_owner

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
PROGRAM = CHECKOUT / "witness" / "hattama_witness.py"
REACH = Reach(allowed=[ip_network("127.0.0.0/8")], longest_seconds=5)
NAME = "witness.test/w"
KEY = SigningKey(NAME, Ed25519PrivateKey.from_private_bytes(bytes(range(7, 39))))
VKEY = str(VerifierKey(NAME, KEY.verifier.public_key, COSIGNER))
Grow = Callable[[int], Checkpoint]


@pytest.fixture
def grow(settings: Any, log_folder: LogFolder, signer: Signer, record: Callable[[int], list[int]]) -> Grow:
    """Record so many events and seal them."""
    settings.LOG_DIR = log_folder.folder
    settings.LOG_ORIGIN = ORIGIN

    def grow(count: int) -> Checkpoint:
        record(count)
        sealed = services.seal(now=timezone.now(), log_folder=log_folder, signer=signer)
        assert sealed is not None
        return sealed

    return grow


@pytest.fixture
def public() -> None:
    services.set_disclosure(election="kz-2023", figures_public_from=timezone.now() - timedelta(hours=1))


def rewrite_the_log(log_folder: LogFolder, key_file: Path, record: Callable[[int], list[int]]) -> None:
    """Make another log of the same origin with the stolen key, as the owner of database and disk can."""
    with as_owner() as cursor:
        cursor.execute(
            "TRUNCATE audit_cosignature, audit_checkpoint, audit_logindex, audit_unsealedevent, audit_event CASCADE"
        )
    for path in sorted(log_folder.folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    key_file.with_name("last-signed").unlink()


# What a witness brings


def brought(client: Client, note: str) -> Any:
    return client.post("/api/v1/log/cosignatures", note.encode(), content_type="text/plain; charset=utf-8")


def cosigned(checkpoint: Checkpoint, key: SigningKey = KEY, at: int | None = None) -> str:
    text = checkpoint.note.split("\n\n")[0] + "\n"
    return checkpoint.note + cosign(text, key, at or int(timezone.now().timestamp())).line


def test_a_cosignature_that_was_brought_stands_beneath_the_checkpoint(
    client: Client, grow: Grow, settings: Any
) -> None:
    settings.LOG_WITNESSES = [VKEY]
    checkpoint = grow(3)
    note = cosigned(checkpoint)
    assert brought(client, note).json() == {"size": 3, "witnesses": [NAME]}
    assert client.get("/log/checkpoint").content.decode() == note
    assert brought(client, note).status_code == 200
    assert Cosignature.objects.count() == 1
    grow(1)
    assert client.get("/log/checkpoint").content.decode().count("—") == 1
    listed = client.get("/api/v1/log/checkpoints").json()["checkpoints"]
    assert [each["checkpoint"].count("—") for each in listed] == [1, 2]


def test_a_witness_of_a_larger_log_vouches_for_all_it_contains(client: Client, grow: Grow, settings: Any) -> None:
    settings.LOG_WITNESSES = [VKEY]
    grow(3)
    brought(client, cosigned(grow(2)))
    grow(4)
    assert [each.checkpoint_id for each in selectors.cosignatures(3)] == [5]
    assert [each.witness for each in selectors.cosignatures(5)] == [NAME]
    assert selectors.cosignatures(6) == []
    settings.LOG_WITNESSES = []
    assert selectors.cosignatures(3) == []


def test_proofs_carry_cosignatures(client: Client, grow: Grow, settings: Any, public: None) -> None:
    settings.LOG_WITNESSES = [VKEY]
    note = cosigned(grow(3))
    brought(client, note)
    grow(4)
    assert client.get("/api/v1/log/proof/2").content.decode().endswith("\n\n" + note)
    assert client.get("/api/v1/log/proof/5").content.decode().count("— ") == 1


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        (lambda _c: "nonsense", 422, "malformed"),
        (lambda c: cosigned(c).replace("hattama.test", "other.test"), 422, "malformed"),
        (lambda c: cosigned(c, SigningKey("nobody.test", KEY.private_key)), 422, "unknown_witness"),
        (lambda c: c.note, 422, "unknown_witness"),
        (lambda c: cosigned(c, at=2**40), 422, "bad_time"),
        (lambda c: cosigned(c, SigningKey(NAME, KEY.private_key)).replace("\n3\n", "\n4\n"), 422, "bad_signature"),
        (lambda _c: "\n" * 20_000, 422, "malformed"),
    ],
)
def test_what_is_no_cosignature_of_a_registered_witness_is_refused(
    client: Client, grow: Grow, settings: Any, wrong: Callable[[Checkpoint], str], status: int, code: str
) -> None:
    settings.LOG_WITNESSES = [VKEY]
    answer = brought(client, wrong(grow(3)))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Cosignature.objects.exists()


def test_a_witness_that_was_shown_another_log_raises_an_alarm(
    client: Client, grow: Grow, settings: Any, key_file: Path
) -> None:
    settings.LOG_WITNESSES = [VKEY]
    grow(3)
    text = checkpoint_text(ORIGIN, TreeHead(3, bytes(32)))
    forged = sign(text, SigningKey(ORIGIN, Ed25519PrivateKey.generate())) + cosign(text, KEY, 1_700_000_000).line
    assert brought(client, forged).status_code == 409
    assert not Alarm.objects.exists(), "anybody can write that; the log's key did not"
    split = sign(text, Signer(key_file, ORIGIN)._key) + cosign(text, KEY, 1_700_000_000).line
    assert brought(client, split).json()["code"] == "other_root"
    assert Alarm.objects.get().code == "witness_contradicts"
    ready = client.get("/health/ready").json()
    assert ready["log"][0]["about"] == NAME
    metrics = client.get("/metrics").content.decode()
    assert f'hattama_log_alarm{{about="{NAME}",code="witness_contradicts"}} 1.0' in metrics


@pytest.mark.parametrize("statement", ["UPDATE audit_cosignature SET time = 1", "DELETE FROM audit_cosignature"])
def test_a_cosignature_is_never_changed(client: Client, grow: Grow, settings: Any, statement: str) -> None:
    settings.LOG_WITNESSES = [VKEY]
    brought(client, cosigned(grow(3)))
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(Exception, match="the log only grows"), as_owner() as cursor:
        cursor.execute(statement)


# The witness's own program


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(PROGRAM), *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def state(tmp_path: Path, settings: Any) -> Path:
    """The folder of a witness whose key the log has registered."""
    folder = tmp_path / "witness"
    made = run("new-key", "--state", str(folder), "--name", NAME)
    assert made.returncode == 0, made.stderr
    parse_vkey(made.stdout, COSIGNER)
    settings.LOG_WITNESSES = [made.stdout.strip()]
    return folder


def follow(state: Path, site: str, signer: Signer, *more: str) -> subprocess.CompletedProcess[str]:
    vkey = str(signer.verifier_key)
    return run("follow", "--once", "--state", str(state), "--site", site, "--log-vkey", vkey, *more)


def test_a_witness_follows_the_site_and_brings_what_it_cosigned(
    live_server: Any, state: Path, grow: Grow, signer: Signer, public: None
) -> None:
    for size in (300, 301, 812):
        grow(size - (selectors.latest_checkpoint() or Checkpoint(size=0)).size)
        seen = follow(state, live_server.url, signer)
        assert seen.returncode == 0, seen.stderr
        assert [each.witness for each in selectors.cosignatures_on(size)] == [NAME]
    note = selectors.cosigned_note(Checkpoint.objects.get(size=812))
    assert metamorphic_log.verify_signed_note(note, [str(signer.verifier_key)]) == 1
    assert follow(state, live_server.url, signer).returncode == 0


def test_before_entries_are_public_a_witness_waits(live_server: Any, state: Path, grow: Grow, signer: Signer) -> None:
    grow(3)
    assert follow(state, live_server.url, signer).returncode == 0
    grow(2)
    seen = follow(state, live_server.url, signer)
    assert (seen.returncode, "not public yet" in seen.stderr) == (0, True)
    assert selectors.cosignatures_on(5) == []


def test_a_rewritten_log_is_found_by_its_witness_though_the_stolen_key_signed_it(
    live_server: Any, state: Path, grow: Grow, signer: Signer, public: None, log_folder: LogFolder,
    key_file: Path, record: Callable[[int], list[int]], tmp_path: Path,
) -> None:  # fmt: skip
    grow(5)
    assert follow(state, live_server.url, signer).returncode == 0
    rewrite_the_log(log_folder, key_file, record)
    told = tmp_path / "told.sh"
    told.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/told\n')
    told.chmod(0o755)
    for size, sentence in ((4, "does not know its own"), (5, "two different roots"), (6, "does not extend that of 5")):
        grow(size - (selectors.latest_checkpoint() or Checkpoint(size=0)).size)
        seen = follow(state, live_server.url, signer, "--on-alarm", str(told))
        assert sentence in seen.stderr
        assert seen.returncode == 2
    assert "does not extend" in (tmp_path / "told").read_text()
    evidence = [path.read_text() for path in (state / "alarms").glob("*.txt")]
    assert len(evidence) == 3
    assert all(each.count(f"{ORIGIN}\n5\n") >= 1 for each in evidence)
    assert not Cosignature.objects.exists()


def test_a_checkpoint_of_another_key_is_an_alarm(live_server: Any, state: Path, grow: Grow, tmp_path: Path) -> None:
    grow(3)
    create_key(tmp_path / "other" / "key")
    seen = follow(state, live_server.url, Signer(tmp_path / "other" / "key", ORIGIN))
    assert (seen.returncode, "not signed" in seen.stderr) == (2, True)


def test_a_site_that_is_away_is_no_alarm(state: Path, signer: Signer) -> None:
    assert follow(state, "http://127.0.0.1:1", signer).returncode == 1


def test_the_program_is_offered_for_download(client: Client) -> None:
    assert client.get("/log/hattama_witness.py").content == PROGRAM.read_bytes()


# Sending checkpoints to witnesses


@contextmanager
def serving(state: Path, signer: Signer) -> Iterator[str]:
    """Run the witness's server as a process of its own; give its address."""
    command = [sys.executable, str(PROGRAM), "serve", "--state", str(state), "--listen", "127.0.0.1:0"]
    with subprocess.Popen([*command, "--log-vkey", str(signer.verifier_key)], stderr=subprocess.PIPE, text=True) as it:
        try:
            assert it.stderr is not None
            found = re.search(r"listening on (\S+)", it.stderr.readline())
            assert found
            yield f"http://{found[1]}"
        finally:
            it.kill()


@pytest.fixture
def sent_to(state: Path, signer: Signer, settings: Any) -> Iterator[str]:
    """A witness that the log sends its checkpoints to."""
    with serving(state, signer) as address:
        settings.LOG_WITNESSES = [f"{settings.LOG_WITNESSES[0]} {address}"]
        settings.LOG_WITNESS_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
        yield address


def push() -> int:
    return services.push_to_witnesses(now=timezone.now(), reach=REACH)


def test_checkpoints_are_sent_to_witnesses_and_their_cosignatures_kept(sent_to: str, grow: Grow) -> None:
    assert push() == 0
    for count in (1, 2, 253, 600):
        size = grow(count).size
        assert push() == 1
        assert push() == 0, "nothing is sent twice"
        assert [each.witness for each in selectors.cosignatures_on(size)] == [NAME]
    assert not Alarm.objects.exists()


def test_a_cosignature_that_was_lost_is_asked_for_again(sent_to: str, grow: Grow) -> None:
    grow(3)
    push()
    with as_owner() as cursor:
        cursor.execute("TRUNCATE audit_cosignature")
    assert push() == 1
    with as_owner() as cursor:
        cursor.execute("TRUNCATE audit_cosignature")
    grow(300)
    assert push() == 1


def test_a_witness_that_knows_another_log_raises_an_alarm_until_it_is_over(
    sent_to: str, grow: Grow, log_folder: LogFolder, key_file: Path, record: Callable[[int], list[int]]
) -> None:
    grow(5)
    push()
    rewrite_the_log(log_folder, key_file, record)
    for size, code in ((4, "witness_ahead"), (5, "witness_contradicts"), (6, "witness_contradicts")):
        grow(size - (selectors.latest_checkpoint() or Checkpoint(size=0)).size)
        assert push() == 0
        assert code in {alarm.code for alarm in selectors.alarms()}
    assert not Cosignature.objects.exists()


def test_a_witness_that_is_away_holds_nothing_up(settings: Any, grow: Grow) -> None:
    settings.LOG_WITNESSES = [f"{VKEY} http://127.0.0.1:1", f"{VKEY.replace('witness', 'w2')}"][:1]
    grow(3)
    assert push() == 0
    assert not Alarm.objects.exists()


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}"])
def test_nothing_is_sent_into_somebodys_house(sent_to: str, grow: Grow, address: str, settings: Any) -> None:
    port = sent_to.rpartition(":")[2]
    settings.LOG_WITNESSES = [f"{settings.LOG_WITNESSES[0].split()[0]} {address.format(port=port)}"]
    grow(3)
    assert services.push_to_witnesses(now=timezone.now(), reach=Reach()) == 0
    settings.LOG_WITNESSES_OVER_HTTP = False
    assert services.push_to_witnesses(now=timezone.now(), reach=REACH) == 0


def test_a_publisher_that_starts_asks_the_witnesses_and_signs_nothing_a_restore_has_forgotten(
    sent_to: str, grow: Grow, log_folder: LogFolder, key_file: Path, record: Callable[[int], list[int]], settings: Any
) -> None:
    """Database, folder and what the key signed last all come from one old backup: a witness still knows."""
    settings.LOG_KEY_FILE = key_file
    settings.LOG_JOURNAL_DIR = key_file.parent / "journal"
    grow(5)
    push()
    rewrite_the_log(log_folder, key_file, record)
    record(3)
    with pytest.raises(CommandError, match="has cosigned 5 entries; this log knows of 0 only"):
        call_command("publish_log")
    assert Alarm.objects.get().code == "witness_disagrees"
    assert not Checkpoint.objects.exists()
