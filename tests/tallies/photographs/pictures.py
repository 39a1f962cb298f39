"""Files as they come from telephones, scanners, bad lines and people who mean harm."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pillow_heif
from PIL import Image, ImageDraw

RED, WHITE = (200, 30, 30), (250, 250, 250)


def paper(size: tuple[int, int] = (600, 800)) -> Image.Image:
    """A page with a red field in its upper left corner: which way is up can be seen."""
    picture = Image.new("RGB", size, WHITE)
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 4, size[1] // 4), fill=RED)
    return picture


def jpeg(size: tuple[int, int] = (600, 800), *, exif: Image.Exif | None = None, quality: int = 90) -> bytes:
    return _saved(paper(size), "JPEG", quality=quality, **({"exif": exif} if exif else {}))


def from_a_telephone() -> bytes:
    """A picture taken on its side, with the orientation, the place and the telephone in its metadata."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn clockwise to see it upright.
    exif[0x010F] = "TelephoneMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 8.0, 0.0), 3: "E", 4: (71.0, 26.0, 0.0)})
    lying = paper().rotate(90, expand=True)
    return _saved(lying, "JPEG", exif=exif, quality=90)


def png(size: tuple[int, int] = (600, 800)) -> bytes:
    return _saved(paper(size), "PNG")


def heic(size: tuple[int, int] = (640, 480)) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(paper(size)).save(file, quality=80)
    return file.getvalue()


def pdf(pages: int = 1) -> bytes:
    first, *rest = [paper((300, 400)) for _page in range(pages)]
    return _saved(first, "PDF", save_all=True, append_images=rest)


def pdf_with_a_program() -> bytes:
    return pdf_of(
        ["<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>", *_EMPTY_PAGE]
    )


def pdf_of_many_pages(count: int) -> bytes:
    """Pages cost a few bytes each: the same page over and over."""
    kids = " ".join(["3 0 R"] * count)
    return pdf_of(["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Count {count} /Kids [{kids}] >>", _PAGE])


def pdf_bomb() -> bytes:
    """A page of which the one image is 20,000 pixels wide and high and packed into little."""
    side = 20_000
    packer = zlib.compressobj(9)
    packed = b"".join([*(packer.compress(bytes(side * 3)) for _row in range(side)), packer.flush()])
    image = (
        f"<< /Type /XObject /Subtype /Image /Width {side} /Height {side} /BitsPerComponent 8 "
        f"/ColorSpace /DeviceRGB /Filter /FlateDecode /Length {len(packed)} >>"
    )
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 5 0 R "
        "/Resources << /XObject << /I 4 0 R >> >> >>"
    )
    drawn = b"600 0 0 800 0 0 cm /I Do"
    return pdf_of(
        ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page],
        streams=[(image, packed), (f"<< /Length {len(drawn)} >>", drawn)],
    )


_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] >>"
_EMPTY_PAGE = ("<< /Type /Pages /Count 1 /Kids [3 0 R] >>", _PAGE)


def pdf_of(objects: list[str], streams: list[tuple[str, bytes]] | None = None) -> bytes:
    """A PDF of these objects, numbered from 1, streams last."""
    bodies = [each.encode() for each in objects]
    bodies += [head.encode() + b"\nstream\n" + content + b"\nendstream" for head, content in streams or []]
    file, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(bodies) + 1, table) + trailer


def png_bomb(side: int = 40_000) -> bytes:
    """A PNG of a few kilobytes that says it is 1.6 thousand million pixels."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + _chunk(b"IEND", b"")
    )


def png_with_an_unpacking_profile() -> bytes:
    """A small picture whose colour profile unpacks to half a gigabyte."""
    packer = zlib.compressobj(9)
    block = bytes(2**20)
    packed = b"".join([*(packer.compress(block) for _part in range(512)), packer.flush()])
    content = png((10, 10))
    after_header = 8 + 25
    return content[:after_header] + _chunk(b"iCCP", b"p\0\0" + packed) + content[after_header:]


def moving_png() -> bytes:
    return _saved(paper(), "PNG", save_all=True, append_images=[Image.new("RGB", (600, 800), RED)])


def zip_behind(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("run.sh", "#!/bin/sh")
    return content + file.getvalue()


def page_within(content: bytes, markup: bytes = b"<script>alert(1)</script>") -> bytes:
    """A JPEG whose comment is a web page."""
    comment = b"\xff\xfe" + struct.pack(">H", len(markup) + 2) + markup
    return content[:2] + comment + content[2:]


def gif() -> bytes:
    return _saved(paper(), "GIF")


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def written(folder: Path, content: bytes, name: str = "photograph") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
