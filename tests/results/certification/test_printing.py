"""The protocol of a level on paper."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from django.utils import translation

from results.certification.printing import protocol_pdf
from results.certification.selectors import certificates_of
from results.certification.telling import Told, tell
from results.models import Certificate
from stations.models import Election
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


def told(area: str = "r1-d1") -> Told:
    found = Certificate.objects.select_related("contest__election", "area").get(area__code=area)
    (certificate,) = certificates_of(found.contest_id, found.area_id, using="reader")
    return tell(certificate, found.contest, found.area, using="reader")


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Protocol on the result of the voting"), ("ru", "r1-d1"), ("kk", "r1-d1")],
)
def test_the_same_certificate_prints_the_same_bytes(complete: Election, language: str, words: str) -> None:
    evening.certify(complete, "list", "r1-d1")
    with translation.override(language):
        pdf = protocol_pdf(told())
        assert pdf == protocol_pdf(told())
    assert words in text_of(pdf)


def test_it_carries_figures_stations_opinions_warnings_and_proof(election: Election, folder: Path) -> None:
    figures = valid_figures(invalid=100, unused=400)
    scene.submit("r1-d1-s1", figures=figures, explanations={"W304": "damp #ink [x] \\u{41}"})
    scene.submit("r1-d1-s2")
    evening.seal_log(folder)
    certificate = evening.certify(election, "list", "r1-d1", opinion='I object: #eval("1")')
    text = text_of(protocol_pdf(told()))
    assert "damp #ink [x] \\u{41}" in text
    assert 'I object: #eval("1")' in text
    assert "480" in text  # Votes of the first list at both stations.
    assert certificate.content_sha256 in text.replace(" ", "")
    assert "/en/certificates/list/r1-d1/1/" in text.replace(" ", "")
    assert "Article 43" in text
    with translation.override("kk"):
        assert "43-бап" in text_of(protocol_pdf(told()))


def test_withdrawing_it_changes_nothing_on_paper(complete: Election) -> None:
    evening.certify(complete, "list", "r1-d1")
    before = protocol_pdf(told())
    scene.decide("correct", "r1-d1-s1", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    assert protocol_pdf(told()) == before


def test_a_region_s_protocol_names_the_certificates_it_rests_on(complete: Election) -> None:
    for area in ("r1-d1", "r1-d2", "r1"):
        evening.certify(complete, "list", area)
    assert "Rests on the certificates of" in text_of(protocol_pdf(told("r1")))
