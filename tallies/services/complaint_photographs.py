"""The photographs and scans that come with a complaint: examined, kept and logged as those of protocols are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import ngettext

from tallies.models import Complaint, ComplaintPhotograph, ComplaintPhotographPage
from tallies.photographs.examination import Examined, NotAPhotograph, examined
from tallies.refusals import Refusal

MOST_PHOTOGRAPHS = 5


class TooManyFiles(Refusal):
    """More photographs than one complaint may have."""

    code = "too_many_photographs"

    def __init__(self) -> None:
        super().__init__(
            ngettext(
                "A complaint has at most %(count)d photograph. Leave out what shows no more than the others.",
                "A complaint has at most %(count)d photographs. Leave out what shows no more than the others.",
                MOST_PHOTOGRAPHS,
            )
            % {"count": MOST_PHOTOGRAPHS},
            fields={"photograph": ""},
        )


@dataclass(frozen=True)
class GivenFile:
    """A file that comes with a complaint. `name` is what its person calls it; nothing is concluded from it."""

    name: str
    path: Path


@contextmanager
def all_examined(files: Sequence[GivenFile]) -> Iterator[list[Examined]]:
    """Give what the files are, each content once, with copies that exist while the block runs.

    Raises TooManyFiles, BusyExamining, or NotAPhotograph that names the file.
    """
    if len(files) > MOST_PHOTOGRAPHS:
        raise TooManyFiles
    found: dict[str, Examined] = {}
    with ExitStack() as stack:
        for file in files:
            try:
                each = stack.enter_context(examined(file.path))
            except NotAPhotograph as refusal:
                raise refusal.about(file.name, file.path) from None
            found.setdefault(each.sha256, each)
        yield list(found.values())


def as_logged(found: Sequence[Examined]) -> list[dict[str, object]]:
    """Return what the event says of them."""
    return [
        {
            "sha256": each.sha256,
            "media_type": each.media_type.value,
            "bytes": each.bytes,
            "copies": [copy.sha256 for copy in each.copies],
        }
        for each in found
    ]


def insert_photographs(complaint: Complaint, found: Sequence[Examined]) -> None:
    """Insert the rows of a complaint's photographs and of their pages: two statements, none without photographs."""
    photographs = ComplaintPhotograph.objects.bulk_create(
        ComplaintPhotograph(
            complaint=complaint, number=number, sha256=each.sha256, media_type=each.media_type, bytes=each.bytes
        )
        for number, each in enumerate(found, start=1)
    )
    ComplaintPhotographPage.objects.bulk_create(
        ComplaintPhotographPage(
            photograph=photograph,
            number=number,
            sha256=copy.sha256,
            bytes=copy.bytes,
            width=copy.width,
            height=copy.height,
        )
        for photograph, each in zip(photographs, found, strict=True)
        for number, copy in enumerate(each.copies, start=1)
    )
