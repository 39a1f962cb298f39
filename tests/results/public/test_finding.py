"""Readers find what they look for with the keyboard they have, and by the beginnings of words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from results.public.finding import A_KIND, Entry, Kind, find, folded, words_of


def entries(*texts: str, kind: Kind = Kind.STATION) -> list[Entry]:
    return [Entry(kind, text.split()[0], words_of(text), row) for row, text in enumerate(texts)]


def rows(known: list[Entry], asked: str) -> list[int]:
    return [entry.row for found in find(known, asked) for entry in found.entries]


def test_kazakh_letters_are_found_without_a_kazakh_keyboard() -> None:
    known = entries("Қызылорда қаласы", "Өскемен", "Үржар")
    assert rows(known, "кызылорда") == rows(known, "ҚЫЗЫЛОРДА") == [0]
    assert rows(known, "оскемен") == [1]
    assert rows(known, "уржар") == [2]


def test_all_words_must_be_there_in_any_order() -> None:
    known = entries("Abai street 12 school", "Abai street 7")
    assert rows(known, "school abai") == [0]
    assert rows(known, "school 7") == []


def test_beginnings_of_words_come_before_what_is_within() -> None:
    known = entries("Uralsk Ural", "Aural")
    assert rows(known, "ural") == [0]
    assert rows(known, "sk") == [0]


def test_an_equal_code_comes_first_then_whole_words() -> None:
    known = entries("10-0011 Station", "10-001 Station", "x 10 0 Abaisk", "x2 Abai")
    assert rows(known, "10-001")[0] == 1
    assert rows(known, "abai") == [3, 2]


def test_each_kind_is_shown_apart_and_its_number_is_told() -> None:
    known = entries(*["Abai"] * (A_KIND + 5)) + entries("Abai district", kind=Kind.AREA)
    stations, areas = find(known, "abai")
    assert (stations.count, len(stations.entries)) == (A_KIND + 5, A_KIND)
    assert (areas.kind, areas.count) == (Kind.AREA, 1)


def test_nothing_asked_finds_nothing() -> None:
    assert find(entries("Abai"), " -- ") == []


@given(st.text(max_size=300))
def test_whatever_is_typed_gets_an_answer(asked: str) -> None:
    find(entries("Абай 1", "Abai"), asked)
    assert folded(asked) is not None


@given(st.text(alphabet="абвгқңAbc 019-", min_size=1, max_size=30))
def test_everything_is_found_by_its_own_words(text: str) -> None:
    if words_of(text):
        assert 0 in rows([Entry(Kind.AREA, "", words_of(text), 0)], text)
