"""Whoever throws off the database's guards can change certificates; each change is found and named."""

from __future__ import annotations

import re

import pytest

from results.verification.report import sentence
from tests.results.verification.conftest import Night

pytestmark = pytest.mark.django_db(transaction=True)

TAMPERING: dict[str, tuple[str, str]] = {
    "a figure of a certificate": (
        "UPDATE results_certificate SET figures[11] = figures[11] + 1 WHERE number = 2 AND level = 'region'",
        r"results_certificate .*contest list, area r1, certificate 2.* votes:a: expected",
    ),
    "a figure of a district's certificate": (
        "UPDATE results_certificate SET figures[11] = figures[11] + 1 WHERE number = 2 AND level = 'district'",
        r"results_certificate .*contest list, area r1-d1, certificate 2.* votes:a: expected 200, found 201",
    ),
    "the stations of a certificate": (
        "UPDATE results_certificate SET stations_annulled = 0 WHERE number = 2 AND level = 'district'",
        r"results_certificate .*area r1-d1.* stations: expected \[2, 1, 1\], found \[2, 1, 0\]",
    ),
    "what a certificate covers": (
        "UPDATE results_certificate SET versions = '{1}' WHERE number = 2 AND level = 'district'",
        r"results_certificate .*area r1-d1.* versions: expected",
    ),
    "what a region's certificate rests on": (
        "UPDATE results_certificate above SET rests_on[1] = below.id FROM results_certificate below "
        "WHERE above.number = 2 AND above.level = 'region' AND below.number = 1 AND below.level = 'region'",
        r"results_certificate .*area r1, certificate 2.* rests_on: expected certificates of the level below",
    ),
    "the hash of a certificate": (
        "UPDATE results_certificate SET content_sha256 = repeat('0', 64) WHERE number = 2 AND level = 'district'",
        r"results_certificate .*area r1-d1.* content_sha256: expected",
    ),
    "the level of a certificate": (
        "UPDATE results_certificate SET level = 'nation' WHERE number = 2 AND level = 'region'",
        r"results_certificate .*area r1.* level: expected 1, found 2",
    ),
    "a certificate deleted": (
        "DELETE FROM results_certificate WHERE number = 1 AND level = 'region'",
        r"results_certificate .*: row: expected the row of certificate.proposed, found nothing",
    ),
    "a signature deleted": (
        "DELETE FROM results_certificatesignature WHERE certificate_id = "
        "(SELECT id FROM results_certificate WHERE number = 2 AND level = 'region')",
        r"results_certificatesignature .*: row: expected the row of certificate.signed, found nothing",
    ),
    "what a signature certifies": (
        "UPDATE tallies_certified SET number = 7 WHERE number = 2",
        r"tallies_certified .*certificate 2.* contest, area, number: expected those of the certificate",
    ),
    "a withdrawal deleted": (
        "DELETE FROM tallies_certifiedend WHERE certified_id IN (SELECT certified.id FROM tallies_certified certified "
        "JOIN stations_area area ON area.id = certified.area_id WHERE area.code = 'r1-d1')",
        r"tallies_certifiedend .*r1-d1, certificate 1.* row: expected withdrawn by a change of station r1-d1-s1",
    ),
    "a region's withdrawal deleted": (
        "DELETE FROM tallies_certifiedend WHERE certified_id IN (SELECT certified.id FROM tallies_certified certified "
        "JOIN stations_area area ON area.id = certified.area_id WHERE area.code = 'r1')",
        r"tallies_certifiedend .*r1, certificate 1.* row: expected withdrawn with that of r1-d1",
    ),
    "the cause of a withdrawal": (
        "UPDATE tallies_certifiedend SET cause_id = (SELECT min(event_id) FROM tallies_standingchange)",
        r"tallies_certifiedend .*: event: expected",
    ),
    "whose opinion it is": (
        "UPDATE results_opinion SET number = 2",
        r"results_opinion .*: event: expected",
    ),
    "an opinion deleted": (
        "DELETE FROM results_opinion",
        r"results_opinion .*: row: expected the row of certificate.opinion, found nothing",
    ),
    "the words of an opinion": (
        "UPDATE tallies_explanation SET text = 'I agree' WHERE subject = 'opinion'",
        r"tallies_explanation .*subject opinion.* text: expected",
    ),
    "a pause deleted": (
        "DELETE FROM results_publicationpause",
        r"results_publicationpause .*: row: expected the row of publication.paused, found nothing",
    ),
    "the end of a pause deleted": (
        "DELETE FROM results_publicationresumption",
        r"results_publicationresumption .*: row: expected the row of publication.resumed, found nothing",
    ),
    "how often bulletins come": (
        "UPDATE results_bulletinschedule SET every_minutes = 1",
        r"results_bulletinschedule .*: event: expected .*15.*, found .*1",
    ),
}


def test_what_was_established_withdrawn_and_established_again_verifies(certified: Night) -> None:
    verdict = certified.verify()
    assert verdict.differences == []
    assert verdict.counts["certificates"] == 8  # Of five areas, three of them twice.


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found_and_its_place_named(what: str, certified: Night) -> None:
    statements, expected = TAMPERING[what]
    assert certified.tamper(*statements.split(";")) > 0
    verdict = certified.verify()
    assert not verdict.ok
    found = [sentence(difference) for difference in verdict.differences]
    assert any(re.match(expected, line) for line in found), "\n".join(found)
