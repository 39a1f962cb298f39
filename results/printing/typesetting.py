"""Setting a page with typst. Every printed form goes through here.

A form is a file of typst source that never changes with what is printed: it reads all its words and figures from one
JSON value. Nothing that people wrote is ever read as source. Fonts are those that typst brings along, and the clock is
that of what is printed, so that the same data make the same bytes on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import segno
import typst

# Libertinus Serif, which typst carries, has Ә Ғ Қ Ң Ө Ұ Ү Һ І in every weight. Nothing of the machine's is used.
_NO_SYSTEM_FONTS = True
# Archives keep what they are given for decades (ISO 19005-2, every letter searchable).
STANDARD: Literal["a-2u"] = "a-2u"


def typeset(form: Path, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the form filled with `data` as PDF/A. `at` is the moment that the file says it was made.

    The form finds its data as `json(bytes(sys.inputs.data))`.
    """
    compiled = typst.compile(
        _source(form),
        format="pdf",
        ignore_system_fonts=_NO_SYSTEM_FONTS,
        sys_inputs={"data": _json(data)},
        pdf_standards=STANDARD,
        timestamp=int(at.timestamp()),
    )
    return _one(compiled)


def pictures(form: Path, data: Mapping[str, Any], *, ppi: float = 90.0) -> list[bytes]:
    """Return the same pages as PNG, to be looked at."""
    compiled = typst.compile(
        _source(form),
        format="png",
        ppi=ppi,
        ignore_system_fonts=_NO_SYSTEM_FONTS,
        sys_inputs={"data": _json(data)},
    )
    return [compiled] if isinstance(compiled, bytes) else list(compiled or [])


def qr_svg(address: str) -> str:
    """Return a QR code that leads to an address, as SVG that a form shows with `image(bytes(…), format: "svg")`."""
    return str(segno.make(address, error="m", micro=False).svg_inline(border=0, omitsize=True))


@cache
def _source(form: Path) -> bytes:
    return form.read_bytes()


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)


def _one(compiled: bytes | list[bytes] | None) -> bytes:
    if not isinstance(compiled, bytes):
        raise TypeError("typst gave no single file")
    return compiled
