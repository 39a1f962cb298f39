#!/usr/bin/env python3
"""A witness of an election's log: follows it, checks that it only grows, and cosigns what it saw.

Runs on a machine of your own. One file; needs Python 3.11 and the package `cryptography`:

    python3 hattama_witness.py new-key --state ./witness --name witness.example.org
    python3 hattama_witness.py follow  --state ./witness --site https://results.example.org --log-vkey 'VKEY'

`new-key` prints a vkey: give it to the election's commission, which registers it. `follow` fetches the log's
checkpoint again and again, has the log prove that it extends the one seen before, cosigns it and brings the
cosignature to the log. `serve` answers logs that come by themselves (POST add-checkpoint), as C2SP tlog-witness says.

What was seen last is kept in the state folder and survives a loss of power: a witness that forgets is none. When the
log was rewritten, the witness says so on standard error, keeps both signed checkpoints as evidence in
`alarms/`, runs the program given by --on-alarm, cosigns nothing more, and `--once` ends with 2.

Get the log's vkey from somewhere else than the site, and compare: whoever can change the site can change what it says.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# Windows has none; there, do not start two witnesses with one folder.
fcntl = importlib.import_module("fcntl") if importlib.util.find_spec("fcntl") else None

LOG_KEY, COSIGNER = b"\x01", b"\x04"
EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32
MOST_BYTES = 65_536
MOST_PROOF_LINES = 63
TEXT_LINES = 3
TEXT, SIZE_TEXT = "text/plain; charset=utf-8", "text/x.tlog.size"
SIZE = "0|[1-9][0-9]{0,15}"
PATIENCE = 10  # Seconds for one call.
HELD_BACK = 300  # Seconds for which an older checkpoint may be an old copy in somebody's cache.
ALL_WELL, TROUBLE, ALARM = 0, 1, 2


class Trouble(Exception):
    """Something did not work now; nothing is said about the log."""


class NotYet(Exception):
    """The log does not prove its growth before its entries are public."""


class Rewritten(Exception):
    """The log contradicts what it signed before. The one thing a witness is for."""


class Unreadable(ValueError):
    """Not what it should be."""


# --- Checkpoints, signatures and proofs


@dataclass(frozen=True)
class Key:
    """A public key, the name it signs under, and which kind of signatures it makes."""

    name: str
    public: bytes
    kind: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    @classmethod
    def of(cls, vkey: str, kind: bytes) -> Key:
        name, _, rest = vkey.strip().partition("+")
        hexadecimal, _, encoded = rest.partition("+")
        material = from_base64(encoded)
        key = cls(name, material[1:], material[:1])
        if not name or len(key.public) != HASH_BYTES or key.kind != kind or key.id.hex() != hexadecimal:
            raise Unreadable(f"not the vkey of such a key: {vkey}")
        return key


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint: origin, number of entries, root, and the whole note with its signatures."""

    origin: str
    size: int
    root: bytes
    note: str

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(note: str, log: Key) -> Checkpoint:
    """Read a checkpoint that this log's key has signed, or raise Unreadable or InvalidSignature."""
    text, blank, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not blank or len(lines) != TEXT_LINES or not re.fullmatch(SIZE, lines[1]):
        raise Unreadable("not a checkpoint")
    found = Checkpoint(lines[0], int(lines[1]), from_base64(lines[2]), note)
    if found.origin != log.name or len(found.root) != HASH_BYTES or found.text != text + "\n":
        raise Unreadable(f"not a checkpoint of {log.name}")
    signed = False
    for line in signatures.removesuffix("\n").split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "—":
            raise Unreadable("a line beneath the checkpoint is not a signature")
        content = from_base64(encoded)
        if name == log.name and content[:4] == log.id:
            Ed25519PublicKey.from_public_bytes(log.public).verify(content[4:], found.text.encode())
            signed = True
    if not signed:
        raise InvalidSignature
    return found


def check_growth(old_size: int, old_root: bytes, new: Checkpoint, path: Sequence[bytes]) -> None:
    """Check by RFC 6962 that the tree under `new` extends the older one, or raise Rewritten."""
    if old_size == new.size:
        if old_root != new.root:
            raise Rewritten(f"two different roots are signed for {new.size} entries")
        return
    if old_size > new.size:
        raise Rewritten(f"the log shrank from {old_size} entries to {new.size}")
    if old_size and roots_by_path(old_size, old_root, new.size, path) != (old_root, new.root):
        raise Rewritten(f"the log of {new.size} entries does not extend that of {old_size}")


def roots_by_path(old_size: int, old_root: bytes, size: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the roots of the old and the new tree that a consistency path leads to, None where its length is wrong.

    RFC 9162, 2.1.4.2: `node` and `last` climb from the last leaf of the old and the new tree.
    """
    hashes = list(path)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = whole = hashes[0] if hashes else b""
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, whole = node_hash(sibling, old), node_hash(sibling, whole)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            whole = node_hash(whole, sibling)
        node, last = node >> 1, last >> 1
    return None if last else (old, whole)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as reason:
        raise Unreadable("not base64") from reason


# --- What the witness keeps


class State:
    """The witness's folder: its key, the last checkpoint it cosigned, and evidence of alarms."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def create_key(self, name: str) -> Key:
        if (self.folder / "key.pem").exists():
            raise Trouble(f"there is a key in {self.folder} already; a witness keeps its key")
        if not name or re.search(r"[\s+]", name):
            raise Trouble("a witness's name holds no spaces and no +")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._write("name", f"{name}\n".encode())
        self._write("key.pem", private)
        return self.key

    @property
    def key(self) -> Key:
        return Key(self._name(), self._private().public_key().public_bytes_raw(), COSIGNER)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep a second witness with this folder away: comparing and remembering are one step."""
        with self._lock, (self.folder / "lock").open("w") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def last(self, log: Key) -> Checkpoint | None:
        """The last checkpoint cosigned, None before the first. Another log's state is refused."""
        kept = self._kept()
        if kept is None:
            return None
        try:
            return read_checkpoint(kept["checkpoint"], log)
        except (Unreadable, InvalidSignature) as reason:
            raise Trouble(f"{self.folder} belongs to another log or was damaged: {reason}") from reason

    def to_bring(self) -> str | None:
        """The note with our cosignature that has not arrived at the log yet."""
        kept = self._kept()
        return None if kept is None or kept["brought"] else kept["checkpoint"] + kept["cosignature"]

    def cosign(self, checkpoint: Checkpoint) -> str:
        """Remember the checkpoint durably, then return the cosignature's line."""
        moment = int(time.time())
        message = f"cosignature/v1\ntime {moment}\n{checkpoint.text}".encode()
        key = self.key
        content = key.id + moment.to_bytes(8, "big") + self._private().sign(message)
        line = f"— {key.name} {base64.b64encode(content).decode()}\n"
        kept = {"checkpoint": checkpoint.note, "cosignature": line, "brought": False}
        self._write("state.json", json.dumps(kept, ensure_ascii=False).encode())
        return line

    def was_brought(self) -> None:
        kept = self._kept()
        if kept is not None:
            self._write("state.json", json.dumps({**kept, "brought": True}, ensure_ascii=False).encode())

    def keep_evidence(self, sentence: str, *notes: str) -> Path:
        """Write what contradicts what, once for each pair; return the file."""
        alarms = self.folder / "alarms"
        alarms.mkdir(exist_ok=True)
        content = "\n".join([sentence, "", *notes])
        path = alarms / f"{sha256(content.encode()).hexdigest()[:16]}.txt"
        if not path.exists():
            self._write(f"alarms/{path.name}", content.encode())
        return path

    def _kept(self) -> dict[str, Any] | None:
        path = self.folder / "state.json"
        kept: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
        return kept

    def _name(self) -> str:
        try:
            return (self.folder / "name").read_text().strip()
        except FileNotFoundError as reason:
            raise Trouble(f"there is no key in {self.folder}: make one with new-key") from reason

    def _private(self) -> Ed25519PrivateKey:
        key = serialization.load_pem_private_key((self.folder / "key.pem").read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise Trouble("key.pem holds no Ed25519 key")
        return key

    def _write(self, name: str, content: bytes) -> None:
        """Content first, then the name, then the folder that holds the name: all of it or nothing survives."""
        path = self.folder / name
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        with contextlib.suppress(OSError):  # Windows cannot open folders.
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


# --- Following a site


class Site:
    """The election's site, as far as a witness needs it."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def checkpoint(self) -> str:
        return self._call("/log/checkpoint")[1].decode()

    def growth(self, old_size: int, size: int) -> list[bytes]:
        """The consistency path between two checkpoints. Raises NotYet; Rewritten where one is not known any more."""
        status, body = self._call(f"/api/v1/log/consistency/{old_size}/{size}", also=(404,))
        answer = json.loads(body)
        if status == HTTPStatus.OK:
            return [from_base64(each) for each in answer["path"]]
        if answer.get("code") == "not_public_yet":
            raise NotYet
        raise Rewritten(f"the log does not know its own checkpoint of {old_size} or {size} entries")

    def bring(self, note: str) -> None:
        self._call("/api/v1/log/cosignatures", note.encode())

    def _call(self, path: str, body: bytes | None = None, also: Sequence[int] = ()) -> tuple[int, bytes]:
        request = urllib.request.Request(  # noqa: S310 (the operator names the site)
            self.address + path, data=body, headers={"Content-Type": "text/plain; charset=utf-8"}
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return answer.status, answer.read(MOST_BYTES)
        except urllib.error.HTTPError as refusal:
            content = refusal.read(MOST_BYTES)
            if refusal.code in also:
                return refusal.code, content
            raise Trouble(
                f"{self.address}{path} answered {refusal.code}: {content[:200].decode(errors='replace')}"
            ) from None
        except OSError as reason:
            raise Trouble(f"{self.address}{path}: {reason}") from reason


class Follower:
    """Looks at the site once or for ever."""

    def __init__(self, site: Site, log: Key, state: State, on_alarm: str) -> None:
        self.site, self.log, self.state, self.on_alarm = site, log, state, on_alarm
        self._held_back_since: float | None = None

    def look(self) -> int:
        """Look once. Return ALL_WELL, TROUBLE or ALARM; says what it saw."""
        try:
            with self.state.alone():
                self._look()
        except NotYet:
            say("the log's entries are not public yet, so its growth cannot be checked; nothing is cosigned")
        except Trouble as trouble:
            say(f"could not look: {trouble}")
            return TROUBLE
        except (Unreadable, json.JSONDecodeError, UnicodeDecodeError, KeyError) as reason:
            say(f"could not look: the site answers what cannot be read ({reason})")
            return TROUBLE
        except InvalidSignature:
            self._alarm("the site shows a checkpoint that the log's key has not signed", self._shown)
            return ALARM
        except Rewritten as alarm:
            last = self.state.last(self.log)
            self._alarm(str(alarm), last.note if last else "", self._shown)
            return ALARM
        return ALL_WELL

    def _look(self) -> None:
        self._shown = self.site.checkpoint()
        seen = read_checkpoint(self._shown, self.log)
        last = self.state.last(self.log)
        if last is not None and seen.size < last.size:
            self._is_it_an_old_copy(seen, last)
            return
        self._held_back_since = None
        if last is not None and seen.size == last.size:
            check_growth(last.size, last.root, seen, [])
        elif last is None:
            self.state.cosign(seen)
            say(f"first checkpoint seen and cosigned: {seen.size} entries")
        else:
            path = self.site.growth(last.size, seen.size) if last.size else []
            check_growth(last.size, last.root, seen, path)
            self.state.cosign(seen)
            say(f"cosigned {seen.size} entries, which extend the {last.size} seen before")
        waiting = self.state.to_bring()
        if waiting is not None:
            self.site.bring(waiting)
            self.state.was_brought()

    def _is_it_an_old_copy(self, seen: Checkpoint, last: Checkpoint) -> None:
        """A cache may show an old checkpoint for a while. It must then be one that the last one contains."""
        self._held_back_since = self._held_back_since or time.monotonic()
        with contextlib.suppress(NotYet, Trouble):
            check_growth(seen.size, seen.root, last, self.site.growth(seen.size, last.size))
        if time.monotonic() - self._held_back_since > HELD_BACK:
            raise Rewritten(f"the site keeps showing {seen.size} entries; {last.size} are signed")
        say(f"the site shows {seen.size} entries, fewer than the {last.size} seen before: an old copy?")

    def _alarm(self, sentence: str, *notes: str) -> None:
        evidence = self.state.keep_evidence(sentence, *notes)
        say(f"ALARM: {sentence}\a")
        say(f"ALARM: the evidence, signed by the log itself, is in {evidence}. Show it to others.")
        if self.on_alarm:
            subprocess.run([self.on_alarm, f"{self.site.address}: {sentence} ({evidence})"], check=False)


# --- Answering logs that come by themselves


class Refusal(Exception):
    """What add-checkpoint answers instead of a cosignature."""

    def __init__(self, status: int, sentence: str, kind: str = TEXT) -> None:
        super().__init__(sentence)
        self.status, self.kind = status, kind


def answer_to(body: bytes, log: Key, state: State) -> tuple[int, bytes, str]:
    """Return status, body and content type for what was posted to add-checkpoint."""
    try:
        old_size, path, seen = read_request(body, log)
        with state.alone():
            check_request(old_size, path, seen, state.last(log))
            return HTTPStatus.OK, state.cosign(seen).encode(), TEXT
    except Refusal as refusal:
        return refusal.status, f"{refusal}\n".encode(), refusal.kind
    except Rewritten as alarm:
        last = state.last(log)
        state.keep_evidence(str(alarm), last.note if last else "", seen.note)
        say(f"ALARM: {alarm}\a")
        if last is not None and last.size == seen.size:
            return HTTPStatus.CONFLICT, f"{last.size}\n".encode(), SIZE_TEXT
        return HTTPStatus.UNPROCESSABLE_ENTITY, f"{alarm}\n".encode(), TEXT


def read_request(body: bytes, log: Key) -> tuple[int, list[bytes], Checkpoint]:
    """Return old size, consistency path and checkpoint. Raises Refusal."""
    try:
        head, _, note = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        if note.partition("\n")[0] != log.name:
            raise Refusal(HTTPStatus.NOT_FOUND, "this witness does not know the log")
        if not re.fullmatch(f"old ({SIZE})", first) or len(lines) > MOST_PROOF_LINES:
            raise Refusal(HTTPStatus.BAD_REQUEST, "no old size, or too many lines")
        return int(first[4:]), [from_base64(line) for line in lines], read_checkpoint(note, log)
    except (Unreadable, UnicodeDecodeError) as reason:
        raise Refusal(HTTPStatus.BAD_REQUEST, str(reason)) from reason
    except InvalidSignature as reason:
        raise Refusal(HTTPStatus.FORBIDDEN, "the log has not signed this") from reason


def check_request(old_size: int, path: Sequence[bytes], seen: Checkpoint, last: Checkpoint | None) -> None:
    """Raise Refusal or Rewritten unless the checkpoint may be cosigned."""
    known = last.size if last else 0
    if old_size > seen.size:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint")
    if last is not None and last.size == seen.size:
        check_growth(last.size, last.root, seen, [])
    if old_size != known:
        raise Refusal(HTTPStatus.CONFLICT, str(known), SIZE_TEXT)
    if path and known in (0, seen.size):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "nothing needs proof here")
    check_growth(known, last.root if last else EMPTY_ROOT, seen, path)


def serve(address: str, log: Key, state: State) -> None:
    """Answer add-checkpoint. Put a web server with TLS before it."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if self.path.split("?")[0].rstrip("/").rpartition("/")[2] != "add-checkpoint" or length > MOST_BYTES:
                self.send_error(404)
                return
            status, content, kind = answer_to(self.rfile.read(length), log, state)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            say(format % args)

    host, _, port = address.rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Handler)
    say(f"listening on {host}:{server.server_address[1]}")
    server.serve_forever()


def say(sentence: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ} {sentence}", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, helps in (
        ("new-key", "make this witness's key and print its vkey"),
        ("follow", "follow a site and bring it cosignatures"),
        ("serve", "answer logs that bring checkpoints"),
    ):
        command = verbs.add_parser(verb, help=helps)
        command.add_argument("--state", type=Path, required=True, help="this witness's folder")
        if verb == "new-key":
            command.add_argument("--name", required=True, help="such as witness.example.org")
            continue
        command.add_argument("--log-vkey", required=True, help="the log's public key")
        if verb == "serve":
            command.add_argument("--listen", default="127.0.0.1:8480", help="host:port")
            continue
        command.add_argument("--site", required=True, help="such as https://results.example.org")
        command.add_argument("--every", type=float, default=10, help="seconds between looks")
        command.add_argument("--once", action="store_true", help="look once; ends with 0, 1 (trouble) or 2 (alarm)")
        command.add_argument("--on-alarm", default="", help="a program to run with the alarm's sentence")
    given = parser.parse_args(argv)
    state = State(given.state)
    try:
        if given.verb == "new-key":
            print(state.create_key(given.name).vkey)
            return ALL_WELL
        log, _own = Key.of(given.log_vkey, LOG_KEY), state.key
        if given.verb == "serve":
            serve(given.listen, log, state)
        follower = Follower(Site(given.site), log, state, given.on_alarm)
        while True:
            outcome = follower.look()
            if given.once:
                return outcome
            time.sleep(given.every)
    except (Trouble, Unreadable) as reason:
        say(str(reason))
        return TROUBLE
    except KeyboardInterrupt:
        return ALL_WELL


if __name__ == "__main__":
    sys.exit(main())
