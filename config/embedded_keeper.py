"""The keeper's process: `python -m config.embedded_keeper FOLDER` stops the servers nobody uses any more.

It waits as long as the servers live, so it imports what stops them only then.
"""

import fcntl
import os
import sys
from pathlib import Path


def keep(folder: Path) -> None:
    """Wait until nobody uses the servers of `folder` and stop them. Ends at once when there is a keeper already."""
    keeper = os.open(folder / "keeper.lock", os.O_RDWR)
    try:
        fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    users = os.open(folder / "users.lock", os.O_RDWR)
    fcntl.flock(users, fcntl.LOCK_EX)
    if folder.exists():
        from config.embedded import stop_servers  # noqa: PLC0415 (see above)

        stop_servers(folder)
    # Given back before the users' lock: who comes next must find that there is no keeper.
    os.close(keeper)
    os.close(users)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
