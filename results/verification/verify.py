"""The verification as a whole."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from results.verification.certificates import check_certificates
from results.verification.check_sets import read_check_sets
from results.verification.complaints import check_complaints
from results.verification.cosignatures import check_cosignatures
from results.verification.evidence import check_evidence
from results.verification.log import check_log
from results.verification.mandates import check_mandates
from results.verification.pauses import check_pauses
from results.verification.published import Published, check_published, look_at
from results.verification.reading import Progress, Silent, one_moment
from results.verification.registry import check_packages, read_registry
from results.verification.repeats import check_repeat_votings
from results.verification.rows import check_protocols
from results.verification.snapshots import check_snapshots
from results.verification.sums import Sums, check_tallies
from results.verification.texts import check_texts
from results.verification.turnout import check_turnout
from results.verification.verdict import Differences, Verdict
from verifier.hattama_verify import LogKey

NO_KEY = "signatures"
NO_FOLDER = "log_folder"

# How often each table is read from its first row to its last.
_READ = (
    "stations_ballot", "tallies_protocolversion", "tallies_standingchange", "tallies_standing", "aggregation_tally",
    "audit_event", "tallies_explanation",
)  # fmt: skip


def verify(
    *, using: str = "default", vkey: str | None = None, log_dir: Path | None = None, progress: Progress | None = None
) -> Verdict:
    """Re-derive every total, seat and hash, and return what differs.

    Reads in one snapshot of the database `using`, and writes nothing. `vkey` is the log's public key and `log_dir`
    its published folder; by default those of the settings, the key that which is published. Without a folder or a
    key their checks are left out and `Verdict.unchecked` says so. Must not run inside a transaction (RuntimeError).
    Raises BadKey for a `vkey` that is none.

    `counts` of the verdict: protocols, versions, changes, tallies and moving (tallies with changes still on their
    way), turnout_reports, turnout_sums, complaints, photograph, withdrawnphotograph, query, queryclosing, events,
    checkpoints, cosignatures, files, texts and texts_erased, snapshots, snapshot_tallies, seats, mandate_acts,
    certificates.
    """
    differences, counts = Differences(), Counter[str]()
    published = look_at(log_dir or getattr(settings, "LOG_DIR", None))
    key = _key(vkey, published, differences)
    with _no_collection(), one_moment(using, progress or Silent()) as reader:
        reader.expect(_READ)
        registry = read_registry(reader)
        sums = Sums(registry)
        check_sets = read_check_sets(reader, differences)
        check_protocols(reader, registry, check_sets, sums, differences=differences, counts=counts)
        check_tallies(reader, registry, sums, differences, counts)
        check_repeat_votings(reader, registry, differences)
        check_turnout(reader, registry, differences, counts)
        check_complaints(reader, registry, differences, counts)
        check_evidence(reader, differences, counts)
        log = check_log(reader, key, differences, counts)
        check_cosignatures(reader, differences, counts)
        check_packages(reader, log.registered, check_sets.changes, differences)
        check_texts(reader, log, differences, counts)
        check_snapshots(reader, registry, log, differences, counts)
        check_mandates(reader, registry, differences, counts)
        check_certificates(reader, registry, log, differences, counts)
        check_pauses(reader, differences)
    if published:
        check_published(published, log, key, differences, counts)
    unchecked = tuple(name for name, there in ((NO_KEY, key), (NO_FOLDER, published)) if not there)
    return Verdict(differences.first, differences.total, counts, unchecked)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of rows that never refer back to themselves: looking for circles would take a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _key(vkey: str | None, published: Published | None, differences: Differences) -> LogKey | None:
    """The key that was given, that of the settings, or the published one, which must be the same if there is any."""
    given = vkey or getattr(settings, "LOG_VKEY", None)
    there = published.vkey.strip() if published and published.vkey else None
    if given and there:
        differences.compare("log folder", "vkey", expected=given.strip(), found=there)
    return LogKey.of(given or there or "") if given or there else None
