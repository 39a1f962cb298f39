"""What was examined is stored under its hashes, within the transaction that names it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from tallies.photographs import store
from tallies.photographs.examination import Examined

# The class of advisory locks of photographs (docs/architecture.md); contents are numbered above protocols.
LOCKS = 1005
_CONTENTS = 2**30


def lock_contents(hashes: Iterable[str]) -> None:
    """Put those in order who store one content: until its transaction ends, nobody relies on what another takes away.

    In the order of their hashes, so that two who store the same contents never wait for each other.
    """
    with connection.cursor() as cursor:
        for key in sorted({_CONTENTS + int(sha256[:7], 16) for sha256 in hashes}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, key])


def keep_examined(*examined: Examined) -> None:
    """Store originals and copies before the transaction that names them commits; a failure takes them away again."""
    stored: list[str] = []
    try:
        for found in examined:
            for path, sha256 in ((found.original, found.sha256), *((each.path, each.sha256) for each in found.copies)):
                if store.keep(path, sha256):
                    stored.append(sha256)
    except BaseException:
        for sha256 in stored:
            store.discard(sha256)
        raise
