"""The folder of everything one copy of the system keeps on its machine."""

from __future__ import annotations

import os
from pathlib import Path

from config import environment

CHECKOUT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """HATTAMA_DATA, or `.data` in the checkout."""
    return Path(environment.text("HATTAMA_DATA") or CHECKOUT / ".data").resolve()


def make_data_folder(folder: Path) -> Path:
    """Make the data folder: others may pass through it (root's servers, which are not root, must) and list nothing."""
    folder.mkdir(mode=0o711 if os.getuid() == 0 else 0o700, parents=True, exist_ok=True)
    return folder
