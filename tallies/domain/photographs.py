"""What a photograph of a signed protocol may be: recognised by its content, within limits, and only a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class MediaType(StrEnum):
    """What is taken. A name or a declared type is never asked."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    HEIC = "image/heic"
    PDF = "application/pdf"


class Problem(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNKNOWN_TYPE = "unknown_type"
    MORE_THAN_A_PICTURE = "more_than_a_picture"
    ACTIVE_CONTENT = "active_content"
    LOCKED = "locked"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    MOVING = "moving"
    TOO_DEMANDING = "too_demanding"


@dataclass(frozen=True)
class Limits:
    """How large a file may be, in bytes, pixels and pages, and the longer side of the copies made of it."""

    bytes: int = 20 * 2**20
    pixels: int = 100_000_000
    pages: int = 20
    longer_side: int = 2400


# Brands of HEIF files whose pictures are coded by HEVC, as telephones write them.
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_PDF_WITHIN = 1024
_END_OF_ZIP = b"PK\x05\x06"
_LONGEST_ZIP_COMMENT = 65_535
_END_OF_ZIP_BYTES = 22
# These are long enough not to occur by chance in twenty megabytes of compressed picture.
_MARKUP = re.compile(rb"<script|<!doctype html|<html[\s>]|<svg\s+xmlns|<\?php\s|<iframe|javascript:", re.IGNORECASE)
_PDF_PROGRAMS = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)(?![A-Za-z0-9])")


def recognise(content: bytes) -> MediaType | None:
    """Return what the content is by its first bytes; None for what is not taken."""
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if content[4:8] == b"ftyp" and _HEIC_BRANDS & {content[at : at + 4] for at in range(8, 40, 4)}:
        return MediaType.HEIC
    if content.startswith(b"%PDF-"):
        return MediaType.PDF
    return None


def problem_with(content: bytes, limits: Limits) -> Problem | None:
    """Return why this content is not taken, as far as its bytes tell without decoding it."""
    if not content:
        return Problem.EMPTY
    if len(content) > limits.bytes:
        return Problem.TOO_LARGE
    media_type = recognise(content)
    if media_type is None:
        return Problem.UNKNOWN_TYPE
    if media_type is MediaType.PDF and _PDF_PROGRAMS.search(content):
        return Problem.ACTIVE_CONTENT
    return Problem.MORE_THAN_A_PICTURE if _is_also_something_else(content, media_type) else None


def _is_also_something_else(content: bytes, media_type: MediaType) -> bool:
    """Whether another program would read the same bytes as an archive, a document or a page."""
    if media_type is not MediaType.PDF and b"%PDF-" in content[:_PDF_WITHIN]:
        return True
    return _ends_as_zip(content) or _MARKUP.search(content) is not None


def _ends_as_zip(content: bytes) -> bool:
    """Whether an archive's directory ends here: its comment must reach exactly to the end of the file."""
    start = max(0, len(content) - _LONGEST_ZIP_COMMENT - _END_OF_ZIP_BYTES)
    at = content.rfind(_END_OF_ZIP, start)
    while at >= 0:
        comment = int.from_bytes(content[at + 20 : at + 22], "little")
        if at + _END_OF_ZIP_BYTES + comment <= len(content) and content.rfind(b"PK\x01\x02", 0, at) >= 0:
            return True
        at = content.rfind(_END_OF_ZIP, start, at)
    return False
