"""A file of votes is read as it is meant, or refused with the place of every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from aggregation.domain.seats import ChoiceVotes
from aggregation.votes_file import MAXIMUM_BYTES, VotesFileRefused, read_votes


@pytest.fixture(autouse=True)
def _english() -> object:
    with translation.override("en"):
        yield


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "votes.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_choices_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = read_votes(written(tmp_path, "choice,votes,registration_order\nb,12,2\na,0,\nagainst_all,7,\n"))
    assert file.choices == (
        ChoiceVotes("b", 12, 2),
        ChoiceVotes("a", 0),
        ChoiceVotes("against_all", 7, against_all=True),
    )
    assert file.unread_columns == ()


def test_what_spreadsheets_write_is_understood(tmp_path: Path) -> None:
    content = '\ufeffname_kk,votes,choice\r\n"Ақ жол, партиясы", 12 ,aqjol\r\n,,\r\n\r\n'
    file = read_votes(written(tmp_path, content))
    assert file.choices == (ChoiceVotes("aqjol", 12),)
    assert file.unread_columns == ("name_kk",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "votes.csv, line 1, column “choice”: the column is missing"),
        ("choice,vote\na,1\n", "votes.csv, line 1, column “votes”: the column is missing"),
        ("choice,votes,votes\na,1,2\n", "votes.csv, line 1, column “votes”: the column is there twice"),
        ("choice,votes,registration_ordr\na,1,2\n", "did you mean “registration_order”?"),
        ("choice,votes\n", "votes.csv: the file has no choices"),
        ("choice,votes\na,-1\n", "votes.csv, line 2, column “votes”: a whole number, 0 or more, is needed, not '-1'"),
        ("choice,votes\na,1.0\n", "line 2, column “votes”"),
        ("choice,votes\na,1e3\n", "line 2, column “votes”"),
        ("choice,votes\na,1_000\n", "line 2, column “votes”"),
        ("choice,votes\na,١٢\n", "line 2, column “votes”"),
        ("choice,votes\na,\n", "line 2, column “votes”"),
        ("choice,votes\na," + "9" * 5000 + "\n", "line 2, column “votes”"),
        ("choice,votes,registration_order\na,1,first\n", "line 2, column “registration_order”"),
        ("choice,votes\na,1\n\na,2\n", "votes.csv, line 4, column “choice”: “a” is already on line 2"),
        ("choice,votes\n,2\n", "votes.csv, line 2, column “choice”: the choice has no code"),
        ("choice,votes\n\x1b[2J,2\n", "line 2, column “choice”: the code is too long or holds characters"),
        ("choice,votes\na,1,2\n", "votes.csv, line 2: the line has 3 cells where the header has 2"),
        ("choice,votes\na\n", "votes.csv, line 2: the line has 1 cells where the header has 2"),
        ('choice,votes\n"a,1\n', "line 2: this is not CSV"),
        ("choice,votes\na,1\nб,2\n".encode("cp1251"), "votes.csv, line 3: the text is not UTF-8"),
        ("choice,votes\na,1\n".encode("utf-16"), "votes.csv, line 1: the text is not UTF-8"),
        (b"choice,votes\n" + b"#" * MAXIMUM_BYTES, "votes.csv: the file is larger than 1000000 bytes"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(VotesFileRefused) as refusal:
        read_votes(written(tmp_path, content))
    assert message in str(refusal.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(VotesFileRefused) as refusal:
        read_votes(written(tmp_path, "choice,votes\na,x\nb,1\nb,-2\n"))
    assert [(problem.line, problem.column) for problem in refusal.value.problems] == [
        (2, "votes"),
        (4, "choice"),
        (4, "votes"),
    ]


def test_a_file_full_of_mistakes_does_not_flood_the_screen(tmp_path: Path) -> None:
    with pytest.raises(VotesFileRefused) as refusal:
        read_votes(written(tmp_path, "choice,votes\n" + "a,x\n" * 1000))
    assert len(str(refusal.value).splitlines()) == 21


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(VotesFileRefused, match="the file cannot be read"):
        read_votes(tmp_path / name)


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.getbasetemp(), b"choice,votes\n" + content)
    try:
        file = read_votes(path)
    except VotesFileRefused as refusal:
        assert refusal.problems
    else:
        assert file.choices
