"""`make bench`: what the product promises about speed, as ratios of values measured in one run."""

from __future__ import annotations

import os
import shutil
import sys
from importlib import import_module

from config import embedded
from config.data_folder import CHECKOUT

FOLDER = CHECKOUT / ".data" / "bench"


def main() -> int:
    """Run every measure on servers of its own; return 0 when every target is met."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    os.environ.update({"HATTAMA_DATA": str(FOLDER), "DJANGO_SETTINGS_MODULE": "config.settings"})
    with embedded.running_servers(FOLDER) as servers:
        os.environ.update(servers.environment())
        import_module("django").setup()
        return int(import_module("bench.run").run(FOLDER, servers))


if __name__ == "__main__":
    sys.exit(main())
