"""The keeper's process: `python -m config.embedded_keeper FOLDER` stops the servers nobody uses any more."""

import sys
from pathlib import Path

from config.embedded import keep

if __name__ == "__main__":
    keep(Path(sys.argv[1]))
