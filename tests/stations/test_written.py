"""Numbers and dates are written as readers of each language write them."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from stations.templatetags.written import day, decimal, hour, moment, number, percent, when

COUNTED = datetime(2026, 3, 19, 18, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "1,234,567"), ("ru", "1\u00a0234\u00a0567"), ("kk", "1\u00a0234\u00a0567")],
)
def test_thousands_are_set_apart(language: str, written: str) -> None:
    with translation.override(language):
        assert number(1_234_567) == written


@pytest.mark.parametrize(
    ("language", "written"), [("en", "\u22121,021.50"), ("ru", "\u22121\u00a0021,50"), ("kk", "\u22121\u00a0021,50")]
)
def test_statistics_have_the_decimals_they_are_asked_for(language: str, written: str) -> None:
    with translation.override(language):
        assert decimal(-1021.5, 2) == written


@pytest.mark.parametrize(("language", "written"), [("en", "12.35%"), ("ru", "12,35\u00a0%"), ("kk", "12,35\u00a0%")])
def test_shares_have_two_decimals_and_halves_go_up(language: str, written: str) -> None:
    with translation.override(language):
        assert percent(Fraction(12_345, 100_000)) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "19 March 2026"), ("ru", "19 марта 2026\u202fг."), ("kk", "2026\u202fж. 19 наурыз")],
)
def test_a_day_stands_in_the_order_of_its_language(language: str, written: str) -> None:
    with translation.override(language):
        assert day(COUNTED) == written


def test_an_hour_is_of_the_zone_that_is_active_and_says_which_where_it_counts() -> None:
    with translation.override("en"), timezone.override("Asia/Almaty"):
        assert hour(COUNTED) == "23:04"
        assert when(COUNTED) == "19\u00a0Mar\u00a02026,\u00a023:04"
        assert moment(COUNTED) == "19 March 2026, 23:04:05 (UTC+5)"
    with translation.override("en"), timezone.override("America/St_Johns"):
        assert moment(COUNTED) == "19 March 2026, 15:34:05 (UTC−2:30)"


def test_nothing_is_a_dash_among_figures_and_empty_among_dates() -> None:
    assert (number(None), percent(None)) == ("—", "—")
    assert (moment(None), when(None), hour(None), day(None)) == ("", "", "", "")


@pytest.mark.parametrize("library", ["written", "result_words", "protocol"])
def test_every_room_writes_by_the_same_filters(library: str) -> None:
    with translation.override("ru"):
        page = Template(f"{{% load {library} %}}{{{{ votes|number }}}} {{{{ at|day }}}}")
        assert page.render(Context({"votes": 12_345, "at": COUNTED})) == "12\u00a0345 19 марта 2026\u202fг."
