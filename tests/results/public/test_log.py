"""The log's own page: three steps to verify it at home, and the file to do it with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from config.data_folder import CHECKOUT
from tests import scene
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def log_dir(tmp_path: Path, settings: Any) -> Path:
    settings.LOG_DIR = tmp_path / "log"
    return tmp_path


def test_the_page_names_the_key_the_file_and_how_to_use_it(log_dir: Path, client: Client) -> None:
    scene.load(log_dir / "package")
    scene.submit()
    checkpoint = evening.seal_log(log_dir)
    assert checkpoint is not None
    page = client.get("/en/log/").content.decode()
    assert (log_dir / "log/vkey").read_text().strip() in page.replace("&#x2B;", "+")
    assert f">{checkpoint.size}</a>" in page
    assert "python hattama_verify.py http://testserver --vkey log.vkey --keep my.checkpoint --language en" in page
    assert hashlib.sha256((CHECKOUT / "verifier/hattama_verify.py").read_bytes()).hexdigest() in page


def test_a_log_nobody_has_published_is_said_to_be_so(log_dir: Path, client: Client) -> None:
    assert "The log has not been published yet." in client.get("/en/log/").content.decode()


def test_the_verifier_is_handed_out_as_it_is(client: Client) -> None:
    answer = client.get("/log/hattama_verify.py")
    assert answer.content == (CHECKOUT / "verifier/hattama_verify.py").read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="hattama_verify.py"'


def test_the_short_address_leads_to_the_readers_language_and_is_not_kept(client: Client) -> None:
    answer = client.get("/log/", headers={"Accept-Language": "ru"})
    assert answer["Location"] == "/ru/log/"
    assert "no-store" in answer["Cache-Control"]
