"""What an observer takes home of a comparison: the differences, and the proof of every protocol that was compared."""

from __future__ import annotations

import csv
import io
import logging
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.log_folder import LogFolder
from audit.models import Checkpoint
from audit.proof_files import LogDisagrees, proof_files
from audit.selectors import cosigned_note
from observers.domain.copies import Agreement, Difference, OwnCopy
from observers.downloads import Cell, Table, as_csv
from observers.moments import Chosen
from results.public.ground import READER
from tallies.qr import qr_picture
from tallies.selectors.receipts import Record

logger = logging.getLogger(__name__)

PROOFS = "proofs"
"""The value of `format` that asks for the archive."""

NO_PROOFS = gettext_lazy("The parts of the log disagree, so nothing can be proved from it now. Tell the commission.")
MOST_PRINTED = 50
"""So many proofs are on the page itself, to be printed with it; the archive has all."""


@dataclass(frozen=True)
class ComparedCopy:
    """A copy held against its protocol; `names` says what the figures that differ are called."""

    copy: OwnCopy
    agreement: Agreement
    state: str
    differences: Sequence[tuple[str, Difference]]
    record: Record | None
    complaint_url: str


@dataclass(frozen=True)
class Proved:
    """A protocol's record in the signed log, with its proof as text and its page as a QR code."""

    station: str
    record: Record
    check: str
    qr: str
    proof: str


def proved_differences(about: Chosen, compared: Iterable[ComparedCopy]) -> list[Proved] | None:
    """Return the proofs that are printed, as `proved` does: of the first protocols from which a copy differs."""
    differing = [each for each in compared if each.agreement is Agreement.DIFFERS and each.record]
    records = {each.copy.station: each.record for each in differing[:MOST_PRINTED] if each.record}
    return proved(about.contest.code, records, about.checkpoint)


def proved(contest: str, records: Mapping[str, Record], checkpoint: Checkpoint | None) -> list[Proved] | None:
    """Return the proof of each record, by station; None where the log's parts disagree, and nothing can be proved."""
    if checkpoint is None:
        return []
    proofs = _proofs(records.values(), checkpoint)
    return None if proofs is None else [_proved(contest, *each, proofs) for each in records.items()]


def _proved(contest: str, station: str, record: Record, proofs: Mapping[str, str]) -> Proved:
    address = settings.SITE_URL + reverse("check-receipt", args=[contest, station, record.sha256])
    return Proved(station, record, address, qr_picture(address), proofs[record.sha256])


def _proofs(records: Iterable[Record], checkpoint: Checkpoint) -> dict[str, str] | None:
    """The proof of each record, by its SHA-256. What the comparison says is shown even where none can be made."""
    indexes = {record.sha256: record.index for record in records if record.index is not None}
    try:
        proofs = proof_files(indexes=list(indexes.values()), checkpoint=checkpoint, using=READER)
    except LogDisagrees:
        logger.exception("proofs of own copies could not be made")
        return None
    return {sha256: proofs[index] for sha256, index in indexes.items()}


def comparison_table(title: Mapping[str, Any], compared: Sequence[ComparedCopy]) -> Table:
    """Every copy with its outcome, one row for each figure that differs."""
    columns = ("station", "outcome", "state", "figure", "own_copy", "protocol", "version", "log_index", "record_sha256")
    return Table("copies", title, columns, lambda: _comparison(compared))


def _comparison(compared: Iterable[ComparedCopy]) -> Iterator[Sequence[Cell]]:
    for each in compared:
        record = each.record
        ending = (record.number, record.index, record.sha256) if record else (None, None, None)
        beginning = (each.copy.station, each.agreement.value, each.state)
        if not each.differences:
            yield (*beginning, None, None, None, *ending)
        for _name, difference in each.differences:
            yield (*beginning, difference.code, difference.own, difference.protocol, *ending)


def copies_csv(contest: str, copies: Iterable[OwnCopy], named: Sequence[tuple[str, str]]) -> str:
    """Return the copies as they were understood, in the form that the standalone verifier reads too."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    codes = [code for code, _name in named]
    writer.writerow(["station", "contest", *codes])
    for copy in copies:
        writer.writerow([copy.station, contest, *(copy.figures.get(code, "") for code in codes)])
    return buffer.getvalue()


def proofs_answer(about: Chosen, compared: Sequence[ComparedCopy], named: Sequence[tuple[str, str]]) -> HttpResponse:
    """Answer with an archive: the copies, what was found, the checkpoint, the key, and a proof of every protocol."""
    contest = about.contest.code
    files = {
        "README.txt": _read_me(contest),
        "copies.csv": copies_csv(contest, [each.copy for each in compared], named),
        "comparison.csv": as_csv(comparison_table(about.title, compared)),
    }
    if about.checkpoint:
        files["checkpoint"] = cosigned_note(about.checkpoint, READER)
        files["vkey"] = f"{LogFolder(settings.LOG_DIR).vkey() or ''}\n"
        records = {each.copy.station: each.record for each in compared if each.record}
        proofs = _proofs(records.values(), about.checkpoint)
        if proofs is None:
            files["proofs/NONE.txt"] = f"{NO_PROOFS}\n"
        else:
            files |= {
                f"proofs/{contest}.{station}.tlog-proof": proofs[record.sha256] for station, record in records.items()
            }
    name = f"{about.election.code}.{contest}.copies.{about.size}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(_zipped(files), content_type="application/zip", headers=headers)


def _read_me(contest: str) -> str:
    site = settings.SITE_URL
    words = {"verifier": f"{site}{reverse('log')}", "site": site, "contest": contest}
    return (
        _(
            "Own copies of protocols, compared with the protocols in force.\n"
            "\n"
            "copies.csv      your copies, as they were understood\n"
            "comparison.csv  which agree, which differ, and in what\n"
            "proofs/         for each protocol the proof that its record is in the public log\n"
            "checkpoint      the signed state of the log that all of it is as of\n"
            "vkey            the key of the log, as this site gives it: compare it with where you know it from\n"
            "\n"
            "The verifier and how to use it: %(verifier)s\n"
            "\n"
            "One proof by itself, without the site:\n"
            "  python3 hattama_verify.py --proof proofs/%(contest)s.STATION.tlog-proof --vkey vkey\n"
            "Everything once more, from the site:\n"
            "  python3 hattama_verify.py %(site)s --vkey vkey --copies copies.csv\n"
        )
        % words
    )


def _zipped(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()
