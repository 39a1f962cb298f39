"""Regions on the map: each on its own tile, under a name that no other has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from results.public.abbreviations import abbreviations
from results.public.tile_map import TILE, tile_map
from samples.kz_2023.country import country


@given(st.sets(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=2))
def test_tiles_touch_nothing_and_stay_inside(places: set[tuple[int, int]]) -> None:
    drawn = tile_map(sorted(places))
    assert drawn is not None
    for number, (x, y) in enumerate(drawn.corners):
        assert 0 <= x <= drawn.width - TILE and 0 <= y <= drawn.height - TILE
        assert all(abs(x - left) >= TILE or abs(y - top) >= TILE for left, top in drawn.corners[:number])


def test_without_a_place_for_each_there_is_no_map() -> None:
    assert tile_map([(0, 0), (None, None)]) is None
    assert tile_map([(0, 0), (0, 0)]) is None
    assert tile_map([(0, 0)]) is None
    assert tile_map([]) is None


def test_common_words_are_left_out() -> None:
    assert abbreviations(["Abai Region", "Akmola Region", "Aktobe Region"]) == ["Aba", "Akm", "Akt"]
    assert abbreviations(["Абай облысы", "Жетісу облысы", "Ұлытау облысы", "Астана"]) == ["Аба", "Жет", "Ұлы", "Аст"]


def test_a_city_keeps_its_name_and_the_region_around_it_adds_a_letter() -> None:
    names = ["Almaty Region", "Almaty", "Abai Region", "Atyrau Region"]
    assert abbreviations(names) == ["AlmR", "Alm", "Aba", "Aty"]


@given(st.lists(st.text(alphabet="абвAB -1", min_size=1, max_size=12), max_size=12, unique=True))
def test_no_two_names_have_the_same_short_one(names: list[str]) -> None:
    short = abbreviations(names)
    assert len(set(short)) == len(names)


def test_the_regions_of_the_country_have_short_names_in_each_language() -> None:
    regions = [area.names for area in country().areas if area.level == "region"]
    for language in ("en", "kk", "ru"):
        short = abbreviations([getattr(names, language) for names in regions])
        assert len(set(short)) == len(regions)
        assert max(map(len, short)) <= 5
