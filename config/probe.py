"""`python -m config.probe /health/live`: whether the web process in this container answers 200.

Asks as the proxy does: by a name the process answers to, and as if over TLS.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from config import environment

PORT = 8000


def answers(path: str, *, port: int = PORT) -> bool:
    """Whether the web process on this machine answers 200 to this path within five seconds."""
    host = environment.listed("ALLOWED_HOSTS")[0].lstrip(".")
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1]) else 1)
