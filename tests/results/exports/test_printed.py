"""The printed bulletin: the same bytes again, three languages, and nothing of the data read as source."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest

from results.exports import printed
from results.exports.model import LANGUAGES, ExportedResult, Names, SnapshotKind
from tests.results.exports import sample


def text(result: ExportedResult, language: str = "en") -> str:
    document = pypdfium2.PdfDocument(printed.pdf(result, language=language))
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_result_prints_the_same_bytes(language: str) -> None:
    result = sample.result(plurality=True)
    first = printed.pdf(result, language=language)
    assert first.startswith(b"%PDF")
    assert printed.pdf(result, language=language) == first


def test_it_says_what_it_is_and_holds_the_figures() -> None:
    result = sample.result(synthetic=True)
    said = text(result)
    votes = result.contests[0].total.figures["votes:amanat"]
    assert "Bulletin 3" in said
    assert "Preliminary result" in said
    assert "Synthetic data" in said
    assert f"{votes:,}" in said
    assert result.snapshot.as_of is not None
    assert result.snapshot.as_of.root in said.replace("\r", "").replace("\n", "")


def test_a_final_result_is_called_so() -> None:
    said = text(sample.result(kind=SnapshotKind.FINAL))
    assert "Final result" in said
    assert "Preliminary" not in said


def test_every_letter_of_kazakh_can_be_read_back() -> None:
    result = sample.result()
    letters = "ӘҒҚҢӨҰҮҺІәғқңөұүһі"
    election = replace(result.election, names=Names(en="x", kk=letters, ru="ы"))
    assert letters in text(replace(result, election=election), "kk")


def test_a_name_is_never_source() -> None:
    result = sample.result()
    evil = '#panic("no") $x$ *bold* "quoted" \\ #read("/etc/passwd")'
    election = replace(result.election, names=Names(en=evil, kk=evil, ru=evil))
    said = " ".join(text(replace(result, election=election)).split())
    assert '#panic("no") $x$ *bold*' in said


def test_many_constituencies_are_told_in_one_table_and_local_ones_counted() -> None:
    result = sample.result(plurality=True)
    lists, constituency = result.contests
    many = tuple(replace(constituency, code=f"okrug-{number}") for number in range(50))
    local = replace(constituency, code="local", tallies=constituency.tallies[-1:])
    told = printed.told(replace(result, contests=(lists, *many, local)), language="en")
    assert [contest["name"] for contest in told["contests"]] == [lists.names.en]
    assert len(told["rest"]["rows"]) == len(many)
    assert told["rest"]["note"].startswith("1 contest within a single district")
