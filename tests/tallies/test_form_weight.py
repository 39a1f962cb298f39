"""The form must open on a bad line: everything it loads the first time, compressed, fits in 60 KB."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.domain.roles import Role
from tests.tallies.night import small_night

pytestmark = pytest.mark.django_db
MOST = 60 * 1024
HEADERS = 500  # Of each answer, generously.


def compressed(content: bytes) -> int:
    return len(gzip.compress(content, 6)) + HEADERS


def test_the_first_load_of_the_form_is_at_most_60_kilobytes_over_the_wire() -> None:
    night = small_night(entry="double")
    officer: Client = night.person("officer", Role.OFFICER, station=night.stations["s1"])
    page = officer.get("/kk/station/s1/list/").content
    weights = {"page": compressed(page), "service worker": compressed(officer.get("/service-worker.js").content)}
    for address in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.decode())):
        found = finders.find(address.removeprefix("/static/"))
        assert isinstance(found, str), address
        weights[address] = compressed(Path(found).read_bytes())
    weights["manifest"] = compressed(officer.get("/kk/manifest.webmanifest").content)
    assert sum(weights.values()) <= MOST, weights
