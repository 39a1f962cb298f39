"""Development's own secret key: random, made once, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from config.data_folder import make_data_folder


def development_key(folder: Path) -> str:
    """The key kept in `folder`, made when there is none. Two processes that make it at once get the same one."""
    file = folder / "secret-key"
    if not file.exists():
        make_data_folder(folder)
        unfinished = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_urlsafe(64))
        try:
            os.link(unfinished, file)
        except FileExistsError:
            pass  # Another process was quicker: its key it is.
        finally:
            unfinished.unlink()
    return file.read_text()
