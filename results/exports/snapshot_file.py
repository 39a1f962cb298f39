"""A published snapshot as a file of its own: all that its `content_sha256` is computed from, and how seats came about.

The hash is that of the canonical JSON of `{"tallies": sorted [contest, area, figures, stations], "seats": {…}}`.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from typing import Any

from django.conf import settings

from audit.domain.canonical import canonical_bytes
from audit.domain.events import in_utc
from results.models import Snapshot
from stations.selectors import layouts_of

COUNTS = ("stations_expected", "stations_reported", "stations_held", "stations_annulled")


def snapshot_file(snapshot: Snapshot) -> bytes:
    """Return the snapshot as canonical JSON: same snapshot, same bytes."""
    checkpoint = snapshot.checkpoint
    return canonical_bytes(
        {
            "election": snapshot.election.code,
            "kind": snapshot.kind,
            "number": snapshot.number,
            "made_at": in_utc(snapshot.created_at),
            "synthetic": snapshot.election.synthetic,
            "training": settings.TRAINING,
            "checkpoint": {
                "size": checkpoint.size,
                "root": base64.b64encode(checkpoint.root).decode(),
                "signed_at": in_utc(checkpoint.signed_at),
                "note": checkpoint.note,
            },
            "content_sha256": snapshot.content_sha256,
            "contests": _contests(snapshot),
        }
    )


def _contests(snapshot: Snapshot) -> dict[str, Any]:
    """Return each contest's tallies by area, figures in the order of `codes`; and its allocation where it has one."""
    tallies: dict[int, dict[str, Any]] = defaultdict(dict)
    codes: dict[int, str] = {}
    rows = snapshot.tallies.values_list("contest_id", "contest__code", "area__code", "figures", *COUNTS)
    for contest_id, contest, area, figures, *counts in rows:
        codes[contest_id] = contest
        tallies[contest_id][area] = {"figures": figures, "stations": counts}
    allocations = dict(snapshot.allocations.values_list("contest_id", "steps"))
    return {
        codes[contest_id]: {
            "codes": list(layout.codes),
            "tallies": tallies[contest_id],
            **({"allocation": allocations[contest_id]} if contest_id in allocations else {}),
        }
        for contest_id, layout in layouts_of(tallies).items()
    }
