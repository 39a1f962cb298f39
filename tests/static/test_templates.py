"""Templates write dates by the filters that know the page's language."""

from __future__ import annotations

import re

from config.data_folder import CHECKOUT

TEMPLATES = sorted((CHECKOUT / "templates").rglob("*.html"))
# Hours and minutes stand in the same order everywhere; days, months and years do not.
DATE_OF_ITS_OWN = re.compile(r'\|date(?::"(?!H:i)|\b(?!:))')


def test_no_template_orders_day_month_and_year_itself() -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}:{number}: write it by one of the filters of `written`: when, day, hour or moment"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if DATE_OF_ITS_OWN.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_template_carries_a_style_or_a_script_of_its_own() -> None:
    """The Content-Security-Policy would refuse it, in front of the reader."""
    inline = re.compile(r"\sstyle=|\son[a-z]+=\"|<style|<script(?![^>]*(?:src=|application/json))")
    assert not [str(path) for path in TEMPLATES if inline.search(path.read_text(encoding="utf-8"))]
