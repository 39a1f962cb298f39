"""The keeper's process: `python -m config.embedded_keeper FOLDER KEEPER USERS` stops the servers nobody uses any more.

KEEPER and USERS are open files inherited from who started it: `keeper.lock`, held, says that there is a keeper, and
`users.lock` is to be had when nobody uses the servers. So it keeps from its first moment, and when the folder is gone.
It waits as long as the servers live, and imports what stops them only then.
"""

import fcntl
import os
import sys
from pathlib import Path


def keep(folder: Path, keeper: int, users: int) -> None:
    """Wait until nobody uses the servers of `folder` and stop them."""
    fcntl.flock(users, fcntl.LOCK_EX)
    from config.embedded import stop_servers  # noqa: PLC0415 (see above)

    stop_servers(folder)
    # Given back before the users' lock: who comes next must find that there is no keeper.
    os.close(keeper)
    os.close(users)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
