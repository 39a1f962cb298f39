"""Calls to addresses that people outside gave us: to one checked IP address, without redirects, bounded in time.

The name is resolved once and the connection goes to the address that was checked: a name that answers differently a
moment later (DNS rebinding) leads nowhere else. TLS still proves the name.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from queue import Empty, Queue
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_match_hostname import CertificateError

from audit.domain.addresses import Network, may_be_called

CONNECT_SECONDS = 3.0
# The whole of a call, however slowly its answer drips in.
LONGEST_SECONDS = 8.0
# What is read of an answer; nobody needs to say more.
MOST_BYTES = 4096


class NotSent(Exception):
    """The call did not succeed: `problem` is a code, `status` the answer's where there was one."""

    def __init__(self, problem: str, status: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status


@dataclass(frozen=True)
class Reach:
    """Where calls may go beyond public addresses, and whose certificates they trust beside the system's."""

    allowed: Sequence[Network] = ()
    ca_file: str = ""
    longest_seconds: float = LONGEST_SECONDS


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the beginning of the body."""

    status: int
    body: bytes


class _Handled:
    """A connection that leaves a handle by which another thread can cut it."""

    handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        self.handle = made.dup()
        return made


class _Plain(_Handled, HTTPConnection):
    pass


class _Tls(_Handled, HTTPSConnection):
    pass


def post(url: str, *, body: bytes, headers: Mapping[str, str], reach: Reach) -> int:
    """Send `body` there and return the status, from 200 to 299. Raises NotSent."""
    status = ask(url, body=body, headers=headers, reach=reach).status
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotSent("refused_by_receiver", status)
    return status


def ask(url: str, *, body: bytes, headers: Mapping[str, str], reach: Reach) -> Answer:
    """Send `body` there and return what is answered, whatever the status but a redirection. Raises NotSent."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address_of(host, port, reach)
    connection = _connection(parts.scheme, host, address, port, reach)
    cut = threading.Timer(reach.longest_seconds, _cut, [connection])
    cut.daemon = True
    cut.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=body, headers={"Host": parts.netloc, **headers}, preload_content=False)
        answer = connection.getresponse()
        said = answer.read(MOST_BYTES, decode_content=False)
    except (ssl.SSLError, CertificateError) as failure:
        raise NotSent("certificate_refused") from failure
    except (HTTPError, HTTPException, OSError, ValueError) as failure:
        raise NotSent(_problem_of(failure, was_cut=not cut.is_alive())) from failure
    finally:
        cut.cancel()
        connection.close()
        if connection.handle is not None:
            connection.handle.close()
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise NotSent("redirected", answer.status)
    return Answer(answer.status, said)


def _problem_of(failure: Exception, *, was_cut: bool) -> str:
    if was_cut or isinstance(failure, TimeoutError) or "timed out" in str(failure):
        return "too_slow"
    return "certificate_refused" if "certificate" in str(failure).lower() else "no_connection"


def _connection(scheme: str, host: str, address: str, port: int, reach: Reach) -> _Plain | _Tls:
    if scheme != "https":
        return _Plain(address, port, timeout=CONNECT_SECONDS)
    context = ssl.create_default_context()
    if reach.ca_file:
        context.load_verify_locations(reach.ca_file)
    return _Tls(address, port, timeout=CONNECT_SECONDS, ssl_context=context, server_hostname=host, assert_hostname=host)


def _address_of(host: str, port: int, reach: Reach) -> str:
    """The first address of the name. Raises NotSent when there is none, or when *any* of them may not be called."""
    addresses = _resolved(host, port)
    if not addresses:
        raise NotSent("name_not_found")
    if not all(may_be_called(address, reach.allowed) for address in addresses):
        raise NotSent("address_refused")
    return addresses[0]


def _resolved(host: str, port: int) -> list[str]:
    """The addresses of a name. The resolver has no time limit of its own, so it is asked in a thread."""
    answers: Queue[list[str]] = Queue(1)

    def ask() -> None:
        try:
            found: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        answers.put([str(each[4][0]).partition("%")[0] for each in found])

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=CONNECT_SECONDS)
    except Empty:
        return []


def _cut(connection: _Plain | _Tls) -> None:
    if connection.handle is not None:
        try:
            connection.handle.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
