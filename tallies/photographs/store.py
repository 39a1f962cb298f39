"""Where the files of evidence lie: each under the SHA-256 of its content, so that the same content lies there once.

On the file system by default, in S3 when it is configured (settings: STORAGES["evidence"]).
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from audit.durable import sync_folder, write_and_sync

PARTS = "parts"
_PRIVATE = 0o600


class EvidenceFiles(FileSystemStorage):
    """Files that survive the loss of power and are never written over."""

    def _save(self, name: str, content: File[bytes]) -> str:
        target = Path(self.path(name))
        if target.exists():
            return name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = target.with_name(f".{uuid.uuid4()}")
        write_and_sync(fresh, content.read(), mode=_PRIVATE)
        fresh.replace(target)
        sync_folder(target.parent)
        sync_folder(target.parent.parent)
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002
        return name


def _storage() -> Storage:
    return storages["evidence"]


def name_of(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def keep(path: Path, sha256: str) -> bool:
    """Store the file under its hash; return whether it was not there yet."""
    if _storage().exists(name_of(sha256)):
        return False
    with path.open("rb") as content:
        _storage().save(name_of(sha256), File(content))
    return True


def discard(sha256: str) -> None:
    """Take away what was stored for a change that did not come about."""
    _storage().delete(name_of(sha256))


def open_stored(sha256: str) -> IO[bytes]:
    """Open a stored file. Raises FileNotFoundError."""
    return _storage().open(name_of(sha256))


def parts_folder() -> Path:
    """The folder of files that are still on their way, or being looked at."""
    folder: Path = settings.UPLOADS_DIR / PARTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def part(upload_id: uuid.UUID) -> Path:
    return parts_folder() / str(upload_id)
