"""The public bundle as nginx hands it out, against plain files of the same sizes from the same nginx."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.data_folder import CHECKOUT

SECONDS = 4
CONNECTIONS = 32
MOST_PAGES = 2_000
PLACES = {"nginx": "/usr/sbin/nginx", "wrk": "/usr/bin/wrk"}
BUNDLE = f"include {CHECKOUT / 'deploy' / 'bundle.conf'};"
# No header of ours, no look for a compressed neighbour: as fast as nginx is.
PLAIN = "sendfile on; tcp_nopush on; open_file_cache max=20000 inactive=60s; open_file_cache_valid 2s;"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class NotInstalled(Exception):
    """A program that this measure needs is not on this machine; the message names it."""


@dataclass(frozen=True)
class Served:
    """Requests a second for pages of a bundle, and for as many plain files of their sizes."""

    pages: float
    plain: float


def measure(bundle: Path, pages: Sequence[str], folder: Path) -> Served:
    """Ask for these pages of the bundle in turn, compressed; then for plain files in their place.

    Raises NotInstalled without nginx or wrk.
    """
    nginx, wrk = _program("nginx"), _program("wrk")
    asked = pages[:: max(1, len(pages) // MOST_PAGES)]
    plain = folder / "plain"
    names = _write_plain_files(plain, [_compressed_size(bundle / page) for page in asked])
    # One after the other, twice each: what else this machine does meets both alike.
    found: dict[Path, list[float]] = {bundle: [], plain: []}
    for _ in range(2):
        for root, paths in ((bundle, asked), (plain, names)):
            with _serving(nginx, root, folder, PLAIN if root == plain else BUNDLE) as port:
                found[root].append(_a_second(wrk, port, paths, folder))
    return Served(statistics.mean(found[bundle]), statistics.mean(found[plain]))


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(PLACES[name])
    if found is None:
        raise NotInstalled(name)
    return found


def _compressed_size(page: Path) -> int:
    beside = page.with_name(page.name + ".gz")
    return (beside if beside.exists() else page).stat().st_size


def _write_plain_files(folder: Path, sizes: Sequence[int]) -> list[str]:
    """Write a file of each size that is not compressed, under a name of no special treatment; return the names."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = [f"{number}.bin" for number in range(len(sizes))]
    for name, size in zip(names, sizes, strict=True):
        (folder / name).write_bytes(os.urandom(size))
    return names


@contextmanager
def _serving(nginx: str, root: Path, folder: Path, said: str) -> Iterator[int]:
    """Serve a folder as these directives say, with one worker; yield the port."""
    port = _free_port()
    settings = folder / "nginx.conf"
    settings.write_text(
        f"""
        daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;
        {"user root;" if os.getuid() == 0 else ""}
        events {{ worker_connections 256; }}
        http {{
            access_log off; keepalive_requests 1000000;
            {" ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)}
            server {{ listen 127.0.0.1:{port}; root {root}; {said} }}
        }}"""
    )
    with subprocess.Popen([nginx, "-c", str(settings), "-e", "stderr"]) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _a_second(wrk: str, port: int, paths: Sequence[str], folder: Path) -> float:
    """Return how many of these files nginx gives out in a second, one after the other."""
    script = folder / "in_turn.lua"
    listed = ",\n".join(f'"/{path}"' for path in paths)
    # A request is put together when it is first asked for: wrk knows its own Host header only then.
    script.write_text(
        'wrk.headers["Accept-Encoding"] = "gzip"\n'
        f"local paths, asked, number = {{{listed}}}, {{}}, 0\n"
        "function request()\n"
        "  number = number % #paths + 1\n"
        '  asked[number] = asked[number] or wrk.format("GET", paths[number])\n'
        "  return asked[number]\n"
        "end\n"
    )
    told = subprocess.run(
        [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), f"http://127.0.0.1:{port}/"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    rate = re.search(r"^Requests/sec:\s*([0-9.]+)", told, flags=re.M)
    if rate is None or "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"wrk says: {told}")
    return float(rate[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(port)
