"""The folder of everything one copy of the system keeps on its machine."""

from __future__ import annotations

import os
from pathlib import Path

from config import environment

CHECKOUT = Path(__file__).resolve().parent.parent


TRAINING = "training"


def data_folder() -> Path:
    """HATTAMA_DATA, or `.data` in the checkout; a training system's lies in the folder `training` beneath it."""
    return apart(Path(environment.text("HATTAMA_DATA") or CHECKOUT / ".data").resolve())


def apart(folder: Path) -> Path:
    """The folder itself, or for a training system the one beneath it: whatever is named, the real one is not meant."""
    return folder / TRAINING if environment.flag("HATTAMA_TRAINING") else folder


def make_data_folder(folder: Path) -> Path:
    """Make the data folder: others may pass through it (root's servers, which are not root, must) and list nothing."""
    folder.mkdir(mode=0o711 if os.getuid() == 0 else 0o700, parents=True, exist_ok=True)
    return folder
