"""A file from outside is taken or refused by what it holds, and opened where it can do no harm."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tallies.domain.photographs import MediaType, Problem
from tallies.photographs.examination import DECODER, NotAPhotograph, examined
from tests.tallies.photographs import pictures


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (pictures.jpeg, MediaType.JPEG),
        (pictures.png, MediaType.PNG),
        (pictures.heic, MediaType.HEIC),
        (pictures.pdf, MediaType.PDF),
    ],
)
def test_the_type_is_told_by_the_content(tmp_path: Path, make: Callable[[], bytes], media_type: MediaType) -> None:
    content = make()
    with examined(pictures.written(tmp_path, content, "protocol.docx")) as found:
        assert found.media_type is media_type
        assert found.sha256 == hashlib.sha256(content).hexdigest()
        assert found.bytes == len(content)
        assert found.original.read_bytes() == content
        [copy] = found.copies
        assert hashlib.sha256(copy.path.read_bytes()).hexdigest() == copy.sha256
        with Image.open(copy.path) as shown:
            assert shown.format == "JPEG"
            assert shown.size == (copy.width, copy.height)


def test_a_picture_taken_on_its_side_is_shown_upright_and_nothing_tells_where_it_was_taken(tmp_path: Path) -> None:
    with examined(pictures.written(tmp_path, pictures.from_a_telephone())) as found:
        content = found.copies[0].path.read_bytes()
        with Image.open(found.copies[0].path) as shown:
            assert shown.size == (600, 800)
            assert not shown.getexif()
            assert "icc_profile" not in shown.info
            red, green, _blue = shown.convert("RGB").getpixel((40, 40))  # type: ignore[misc]
    assert (red > 150, green < 100) == (True, True)
    assert b"Exif" not in content
    assert b"TelephoneMaker" not in content


def test_a_large_picture_gets_a_copy_of_bounded_size(tmp_path: Path) -> None:
    with examined(pictures.written(tmp_path, pictures.jpeg((4000, 3000)))) as found:
        assert (found.copies[0].width, found.copies[0].height) == (2400, 1800)


def test_each_page_of_a_scan_gets_a_copy(tmp_path: Path) -> None:
    with examined(pictures.written(tmp_path, pictures.pdf(3))) as found:
        assert len(found.copies) == 3
        folder = found.copies[0].path.parent
    assert not folder.exists()


REFUSED: dict[str, tuple[Callable[[], bytes], Problem]] = {
    "nothing": (lambda: b"", Problem.EMPTY),
    "a text": (lambda: b"the protocol says 640", Problem.UNKNOWN_TYPE),
    "a GIF": (pictures.gif, Problem.UNKNOWN_TYPE),
    "an SVG": (lambda: pictures.SVG, Problem.UNKNOWN_TYPE),
    "half a JPEG": (lambda: pictures.jpeg()[:5000], Problem.DAMAGED),
    "half a PNG": (lambda: pictures.png()[:-40], Problem.DAMAGED),
    "half a HEIC": (lambda: pictures.heic()[:300], Problem.DAMAGED),
    "half a PDF": (lambda: b"%PDF-1.7\n1 0 obj", Problem.DAMAGED),
    "the beginning of a JPEG": (lambda: b"\xff\xd8\xff\xe0" + b"x" * 100, Problem.DAMAGED),
    "a PNG of 1.6 thousand million pixels": (pictures.png_bomb, Problem.TOO_MANY_PIXELS),
    "a moving picture": (pictures.moving_png, Problem.MOVING),
    "a JPEG that is an archive": (lambda: pictures.zip_behind(pictures.jpeg()), Problem.MORE_THAN_A_PICTURE),
    "a PDF that is an archive": (lambda: pictures.zip_behind(pictures.pdf()), Problem.MORE_THAN_A_PICTURE),
    "a JPEG that is a web page": (lambda: pictures.page_within(pictures.jpeg()), Problem.MORE_THAN_A_PICTURE),
    "a JPEG that is an SVG": (
        lambda: pictures.page_within(pictures.jpeg(), b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        Problem.MORE_THAN_A_PICTURE,
    ),
    "a JPEG that is a PDF": (
        lambda: pictures.page_within(pictures.jpeg(), b"%PDF-1.4 1 0 obj"),
        Problem.MORE_THAN_A_PICTURE,
    ),
    "a PDF with a program": (pictures.pdf_with_a_program, Problem.ACTIVE_CONTENT),
    "a PDF of 50,000 pages": (lambda: pictures.pdf_of_many_pages(50_000), Problem.TOO_MANY_PAGES),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photograph_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    make, problem = REFUSED[name]
    with pytest.raises(NotAPhotograph) as refused, examined(pictures.written(tmp_path, make())):
        pass
    assert refused.value.problem is problem
    assert str(refused.value.message).endswith(".")


@pytest.mark.parametrize("make", [pictures.pdf_bomb, pictures.png_with_an_unpacking_profile])
def test_a_file_made_to_exhaust_whoever_opens_it_ends_soon(tmp_path: Path, make: Callable[[], bytes]) -> None:
    """Refused, or opened within the limits: what matters is that this process goes on, and within seconds."""
    began = time.monotonic()
    try:
        with examined(pictures.written(tmp_path, make())) as found:
            assert len(found.copies) == 1
    except NotAPhotograph as refused:
        assert refused.problem in (Problem.TOO_DEMANDING, Problem.DAMAGED, Problem.TOO_MANY_PIXELS)
    assert time.monotonic() - began < 45


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path: Path, settings: object) -> None:
    settings.PHOTOGRAPH_MOST_BYTES = 1000  # type: ignore[attr-defined]
    with pytest.raises(NotAPhotograph) as refused, examined(pictures.written(tmp_path, pictures.jpeg())):
        pass
    assert refused.value.problem is Problem.TOO_LARGE


def test_the_decoder_has_little_memory() -> None:
    ask = (
        f"import runpy, sys; sys.argv = ['x']; runpy.run_path({str(DECODER)!r}, run_name='decoder');"
        "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0] // 2**20)"
    )
    told = subprocess.run([sys.executable, "-I", "-c", ask], capture_output=True, text=True, check=True)
    assert int(told.stdout) <= 2048


def test_whoever_takes_the_decoder_over_finds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken_over = tmp_path / "taken_over.py"
    taken_over.write_text(
        "import json, os; print(json.dumps({'problem': 'locked' if 'SECRET' in os.environ else 'moving'}))"
    )
    monkeypatch.setattr("tallies.photographs.examination.DECODER", taken_over)
    monkeypatch.setenv("SECRET", "a password")
    with pytest.raises(NotAPhotograph) as refused, examined(pictures.written(tmp_path, pictures.jpeg())):
        pass
    assert refused.value.problem is Problem.MOVING
