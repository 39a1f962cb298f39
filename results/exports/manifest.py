"""The manifest of the public bundle: the SHA-256 of every file, and a signed note on it.

The note is a C2SP signed note, as checkpoints are, by a key of its own (ADR 13): the log's key never leaves the
publisher.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.domain.notes import NoteInvalid, SigningKey, VerifierKey, sign, verify
from audit.signer import NoKey, create_key
from results.exports.files import UNFINISHED

MANIFEST = "manifest.json"
NOTE = "manifest.note"
VKEY = "manifest.vkey"
HEADING = "hattama bundle v1"


class ManifestInvalid(Exception):
    """The manifest is not what its note signs, or a file is not what the manifest says."""


def bundle_key(key_file: Path, origin: str) -> SigningKey:
    """Return the key that signs bundles, made if there is none. Raises NoKey if it cannot sign."""
    create_key(key_file)
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey(str(key_file))
    return SigningKey(f"{origin}/bundle", key)


def manifest_of(out: Path) -> bytes:
    """Return the hashes of every public file of the bundle, those of earlier runs included."""
    hashes = {path.relative_to(out).as_posix(): _sha256(path) for path in sorted(_public_files(out))}
    return orjson.dumps({"files": hashes}, option=orjson.OPT_INDENT_2)


def note_on(manifest: bytes, *, size: int, root: str, key: SigningKey) -> str:
    """Return the signed note: that a manifest with this hash goes with the log of this size and root."""
    text = f"{HEADING}\n{hashlib.sha256(manifest).hexdigest()}\n{size}\n{root}\n"
    return sign(text, key)


def check_bundle(out: Path, key: VerifierKey) -> int:
    """Hold every file of a bundle against its signed manifest; return how many. Raises ManifestInvalid."""
    manifest = (out / MANIFEST).read_bytes()
    try:
        heading, sha256, _size, _root = verify((out / NOTE).read_text(), [key]).splitlines()
    except (NoteInvalid, ValueError) as reason:
        raise ManifestInvalid(NOTE) from reason
    if heading != HEADING or sha256 != hashlib.sha256(manifest).hexdigest():
        raise ManifestInvalid(MANIFEST)
    files: dict[str, str] = orjson.loads(manifest)["files"]
    for name, expected in files.items():
        path = out / name
        if not path.is_file() or _sha256(path) != expected:
            raise ManifestInvalid(name)
    return len(files)


def _public_files(out: Path) -> Iterator[Path]:
    """Every file but the manifest and its note, and what a run keeps for itself (names that begin with a dot)."""
    for path in out.rglob("*"):
        own = path.name.startswith(".") or path.name.endswith(UNFINISHED)
        if path.is_file() and not own and path.relative_to(out).as_posix() not in (MANIFEST, NOTE):
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
