"""A file from outside is looked at: what it is, whether it may be taken, and the copies that are shown of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallies.domain.photographs import Limits, MediaType, Problem, problem_with, recognise
from tallies.refusals import Refusal

DECODER = Path(__file__).with_name("decoder.py")
SECONDS = 60
# Decoding costs about half a second of one core: one at a time in a process that also takes protocols in.
WAIT_FOR_TURN_SECONDS = 20
_one_at_a_time = BoundedSemaphore(1)


class NotAPhotograph(Refusal):
    """The file is not taken. `problem` says why; nothing of it stays. Of several files `path` says which it is."""

    code = "not_a_photograph"

    def __init__(self, problem: Problem, limits: Limits, *, name: str = "", path: Path | None = None) -> None:
        sentence = _sentence(problem, limits)
        super().__init__(f"{name}: {sentence}" if name else sentence, fields={"photograph": problem.value})
        self.problem = problem
        self.path = path

    def about(self, name: str, path: Path | None = None) -> NotAPhotograph:
        """The same refusal, naming the one of several files that it is about."""
        return NotAPhotograph(self.problem, limits(), name=name, path=path)

    @classmethod
    def too_large(cls) -> NotAPhotograph:
        return cls(Problem.TOO_LARGE, limits())


class BusyExamining(Refusal):
    """Too many photographs are being looked at; the same file can be sent again in a moment."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__(_("Many photographs are being checked right now. Send it again in a minute."))


@dataclass(frozen=True)
class Copy:
    """A page as it is shown: a new JPEG with nothing of the original but its pixels."""

    path: Path
    sha256: str
    bytes: int
    width: int
    height: int


@dataclass(frozen=True)
class Examined:
    """A file that is taken: the untouched original and a copy of each page. The copies' files are gone afterwards."""

    original: Path
    sha256: str
    bytes: int
    media_type: MediaType
    copies: list[Copy]


def limits() -> Limits:
    """Return how large a photograph may be on this installation."""
    return Limits(bytes=settings.PHOTOGRAPH_MOST_BYTES)


@contextmanager
def examined(original: Path) -> Iterator[Examined]:
    """Give what the file is, with copies that exist while the block runs. Raises NotAPhotograph or BusyExamining."""
    allowed = limits()
    if original.stat().st_size > allowed.bytes:
        raise NotAPhotograph(Problem.TOO_LARGE, allowed)
    content = original.read_bytes()
    problem, media_type = problem_with(content, allowed), recognise(content)
    if problem or media_type is None:
        raise NotAPhotograph(problem or Problem.UNKNOWN_TYPE, allowed)
    with TemporaryDirectory(prefix="photograph-") as folder:
        pages = _decode(original, media_type, Path(folder), allowed)
        copies = [_copy(Path(folder) / name, width, height) for name, width, height in pages]
        yield Examined(original, hashlib.sha256(content).hexdigest(), len(content), media_type, copies)


def _copy(path: Path, width: int, height: int) -> Copy:
    content = path.read_bytes()
    return Copy(path, hashlib.sha256(content).hexdigest(), len(content), width, height)


def _decode(original: Path, media_type: MediaType, folder: Path, allowed: Limits) -> list[tuple[str, int, int]]:
    """Let the decoder make the copies, apart from this process and everything it knows."""
    numbers = [str(each) for each in (allowed.pixels, allowed.pages, allowed.longer_side)]
    command = [sys.executable, "-I", str(DECODER), str(original.resolve()), media_type, str(folder), *numbers]
    if not _one_at_a_time.acquire(timeout=WAIT_FOR_TURN_SECONDS):
        raise BusyExamining
    try:
        ended = subprocess.run(
            command, capture_output=True, check=False, env={}, cwd=folder, stdin=subprocess.DEVNULL, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise NotAPhotograph(Problem.TOO_DEMANDING, allowed) from None
    finally:
        _one_at_a_time.release()
    if ended.returncode < 0:  # Ended by a limit, or by what the file did to it.
        raise NotAPhotograph(Problem.TOO_DEMANDING, allowed)
    if ended.returncode:
        raise NotAPhotograph(Problem.DAMAGED, allowed)
    answer = json.loads(ended.stdout)
    if "problem" in answer:
        raise NotAPhotograph(Problem(answer["problem"]), allowed)
    return [(name, width, height) for name, width, height in answer["pages"]]


def _sentence(problem: Problem, allowed: Limits) -> str:
    megabytes = allowed.bytes // 2**20
    sentences = {
        Problem.EMPTY: _("The file is empty. Take the photograph again, or choose another file."),
        Problem.TOO_LARGE: ngettext(
            "The file is larger than %(count)d megabyte. Take the photograph again with a lower resolution.",
            "The file is larger than %(count)d megabytes. Take the photograph again with a lower resolution.",
            megabytes,
        )
        % {"count": megabytes},
        Problem.UNKNOWN_TYPE: _("This is not a photograph. Send a JPEG, PNG or HEIC picture, or a PDF of the scan."),
        Problem.MORE_THAN_A_PICTURE: _(
            "Something else is hidden in this file. Take the photograph again with the telephone's camera."
        ),
        Problem.ACTIVE_CONTENT: _(
            "This PDF holds a program or attached files. Scan the paper again, or photograph it."
        ),
        Problem.LOCKED: _("This PDF is locked with a password. Save it without one, or photograph the paper."),
        Problem.DAMAGED: _("The file is damaged or incomplete. Take the photograph again, or choose another file."),
        Problem.TOO_MANY_PIXELS: _("The picture has too many pixels. Take it again with a lower resolution."),
        Problem.TOO_MANY_PAGES: ngettext(
            "The PDF has more than %(count)d page. Send only the pages of this protocol.",
            "The PDF has more than %(count)d pages. Send only the pages of this protocol.",
            allowed.pages,
        )
        % {"count": allowed.pages},
        Problem.MOVING: _("This is a moving picture. Send a photograph of the paper."),
        Problem.TOO_DEMANDING: _("The file cannot be opened within the time allowed. Photograph the paper instead."),
    }
    return sentences[problem]
