"""Certificates held at home against the sums of their protocols, and against those of now while they stand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stations.services.packages import package_path
from tests.results.verification.conftest import Night
from tests.verifier.forging import Forger
from verifier.hattama_verify import Folder, LogKey, Report, verify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def forger(whole_certification: Night, tmp_path: Path) -> Forger:
    """The log of a country whose results are established, with its package beside it, and its stolen key."""
    log = Path(shutil.copytree(whole_certification.log_dir, tmp_path / "log"))
    (log / "election").mkdir()
    forger = Forger(log, whole_certification.log_dir.parent / "key/key")
    sha256 = forger.find("election.loaded")["body"]["package_sha256"]
    shutil.copy(package_path(sha256), log / "election" / f"{sha256}.zip")
    return forger


def report_of(forger: Forger) -> Report:
    return verify(Folder(forger.log), LogKey.of((forger.log / "vkey").read_text())).report


def failures(report: Report) -> set[str]:
    return {each.key for each in report.results if each.status == "fails"}


def test_established_results_are_the_sums_of_their_protocols(forger: Forger) -> None:
    report = report_of(forger)
    (told,) = [each.values for each in report.results if each.key == "certificates"]
    assert report.ok and told["signed"] > told["standing"] > 0, "a recount withdrew some of them"


def test_a_certificate_over_other_figures_is_found(forger: Forger) -> None:
    forger.find("certificate.proposed")["body"]["figures"]["votes:a"] += 1
    forger.publish()
    assert "wrong_certificate" in failures(report_of(forger))


def test_a_certificate_that_stands_over_what_changed_is_found(forger: Forger) -> None:
    forger.events = [event for event in forger.events if event["kind"] != "certificate.withdrawn"]
    forger.publish()
    assert "wrong_certificate" in failures(report_of(forger))


def test_a_certificate_that_one_person_signed_is_found(forger: Forger) -> None:
    signed, proposed = forger.find("certificate.signed"), forger.find("certificate.proposed")
    signed["actor"] = proposed["actor"]
    forger.publish()
    assert "wrong_certificate" in failures(report_of(forger))
