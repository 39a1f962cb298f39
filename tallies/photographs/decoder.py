"""The program that opens a file from outside and makes the copies of its pages. It runs in a process of its own.

It is started with an empty environment and gives itself limits first, so that a file made to exhaust or to take over
whoever opens it meets a process that knows no secret and ends soon. It imports nothing of the house. Usage:

    decoder.py ORIGINAL TYPE FOLDER PIXELS PAGES LONGER_SIDE

It prints `{"pages": [[file, width, height], ...]}` or `{"problem": code}` and ends with 0; any other end is a file
that could not be opened.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

MEMORY = 1536 * 2**20
CPU_SECONDS = 40
LARGEST_COPY = 64 * 2**20
OPEN_FILES = 64
QUALITY = 82
MOST_FRAMES = 64


class Unacceptable(Exception):
    """The file is not taken; the argument is the problem's code."""


def limit_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_COPY, LARGEST_COPY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    # Protocols that come in go first.
    os.nice(10)


limit_this_process()

import pypdfium2  # noqa: E402  (the limits hold for the libraries too)
import pypdfium2.raw as pdfium  # noqa: E402
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError  # noqa: E402
from PIL.Image import Resampling  # noqa: E402

POINTS_PER_INCH = 72


def copies(original: Path, media_type: str, *, pixels: int, pages: int, longer_side: int) -> Iterator[Image.Image]:
    """Yield each page as a picture without metadata, upright, in sRGB, its longer side at most `longer_side`."""
    if media_type == "application/pdf":
        yield from _pages(original, pages=pages, longer_side=longer_side)
    else:
        yield _picture(original, media_type, pixels=pixels, longer_side=longer_side)


def _picture(original: Path, media_type: str, *, pixels: int, longer_side: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = pixels
    formats = {"image/jpeg": ["JPEG"], "image/png": ["PNG"], "image/heic": ["HEIF"]}[media_type]
    if formats == ["HEIF"]:
        import pillow_heif  # noqa: PLC0415  (slow to load, and most photographs are JPEG)

        pillow_heif.register_heif_opener(thumbnails=False)
    with Image.open(original, formats=formats) as picture:
        if picture.width * picture.height > pixels:
            raise Unacceptable("too_many_pixels")
        frames = getattr(picture, "n_frames", 1)
        if (media_type == "image/png" and frames > 1) or frames > MOST_FRAMES:
            raise Unacceptable("moving")
        # JPEG decodes at a fraction of its size; never below what the copy needs.
        picture.draft("RGB", (longer_side, longer_side))
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((longer_side, longer_side), Resampling.LANCZOS, reducing_gap=2.0)
        return _plain(upright)


def _plain(picture: Image.Image) -> Image.Image:
    """Return nothing but the pixels, in sRGB or grey, what is transparent as white paper."""
    profile = picture.info.get("icc_profile")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        picture = Image.new("RGB", layered.size, "white")
        picture.paste(layered, mask=layered.getchannel("A"))
    elif profile and picture.mode in ("RGB", "CMYK"):
        picture = _in_srgb(picture, profile)
    plain = picture if picture.mode == "L" else picture.convert("RGB")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    return bare


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # A profile that cannot be read says nothing about the colours.


def _pages(original: Path, *, pages: int, longer_side: int) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(original)
    except pypdfium2.PdfiumError as failure:
        raise Unacceptable("locked" if "assword" in str(failure) else "damaged") from failure
    if not 0 < len(document) <= pages:
        raise Unacceptable("too_many_pages" if len(document) else "damaged")
    if _is_active(document):
        raise Unacceptable("active_content")
    for page in document:
        width, height = page.get_size()
        if min(width, height) < 1:
            raise Unacceptable("damaged")
        scale = min(longer_side / max(width, height), 300 / POINTS_PER_INCH)
        # What is written over the scan (notes, forms) is not the signed paper.
        yield page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        page.close()


def _is_active(document: pypdfium2.PdfDocument) -> bool:
    """Whether the document carries programs, files, or a form that computes itself, packed out of plain sight."""
    return (
        pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0
        or pdfium.FPDFDoc_GetAttachmentCount(document) > 0
        or pdfium.FPDF_GetFormType(document) in (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
    )


def main(arguments: list[str]) -> dict[str, object]:
    original, media_type, folder = Path(arguments[0]), arguments[1], Path(arguments[2])
    pixels, pages, longer_side = (int(each) for each in arguments[3:])
    made = []
    for number, copy in enumerate(
        copies(original, media_type, pixels=pixels, pages=pages, longer_side=longer_side), start=1
    ):
        name = f"{number}.jpg"
        copy.save(folder / name, "JPEG", quality=QUALITY, optimize=True)
        made.append([name, copy.width, copy.height])
    return {"pages": made}


if __name__ == "__main__":
    try:
        answer = main(sys.argv[1:])
    except Unacceptable as unacceptable:
        answer = {"problem": str(unacceptable)}
    except Image.DecompressionBombError:
        answer = {"problem": "too_many_pixels"}
    except MemoryError:
        answer = {"problem": "too_demanding"}
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, pypdfium2.PdfiumError):
        answer = {"problem": "damaged"}
    sys.stdout.write(json.dumps(answer))
