"""Names stand where a reader of the language looks for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stations.domain.alphabet import KAZAKH, RUSSIAN, order


def in_order(names: list[str], language: str) -> list[str]:
    return sorted(names, key=lambda name: order(name, language))


def test_kazakh_letters_stand_in_their_own_order() -> None:
    regions = ["Ұлытау облысы", "Абай облысы", "Қостанай облысы", "Шымкент", "Ақмола облысы", "Түркістан облысы"]
    expected = ["Абай облысы", "Ақмола облысы", "Қостанай облысы", "Түркістан облысы", "Ұлытау облысы", "Шымкент"]
    assert in_order(regions, "kk") == expected
    assert in_order(["Өскемен", "Орал", "Пішен"], "kk") == ["Орал", "Өскемен", "Пішен"]
    assert in_order(["Әйтеке", "Бурабай", "Аягөз"], "kk") == ["Аягөз", "Әйтеке", "Бурабай"]


def test_all_letters_of_the_alphabets_are_there_once() -> None:
    assert len(set(KAZAKH)) == len(KAZAKH) == 42
    assert len(set(RUSSIAN)) == len(RUSSIAN) == 33


def test_russian_takes_yo_for_ye() -> None:
    assert in_order(["Жуковка", "Ёлки", "Ельня"], "ru") == ["Ёлки", "Ельня", "Жуковка"]


def test_ten_comes_after_nine() -> None:
    assert in_order(["Station 10", "Station 9", "Station 1"], "en") == ["Station 1", "Station 9", "Station 10"]


@given(st.lists(st.text(max_size=12), max_size=8), st.sampled_from(["kk", "ru", "en"]))
def test_any_names_can_be_ordered(names: list[str], language: str) -> None:
    assert sorted(in_order(names, language)) == sorted(names)


@given(st.lists(st.text(alphabet=KAZAKH, min_size=1, max_size=6), max_size=8))
def test_kazakh_words_follow_the_alphabet_letter_by_letter(words: list[str]) -> None:
    by_hand = sorted(words, key=lambda word: [KAZAKH.index(letter) for letter in word])
    assert in_order(words, "kk") == by_hand
