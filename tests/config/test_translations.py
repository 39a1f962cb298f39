"""The catalogues' check, on a small tree of code and templates of its own."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from config import translations


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Code and a template with every kind of message."""
    code = tmp_path / "tallies" / "views.py"
    code.parent.mkdir()
    code.write_text(
        "_('Protocol')\nngettext('%(count)d station', '%(count)d stations', n)\n"
        "pgettext('of a protocol', 'State')\npgettext_lazy('of a country', 'State')\n"
        "gettext_lazy('Accepted at %(time)s')\n"
    )
    template = tmp_path / "templates" / "night.html"
    template.parent.mkdir()
    template.write_text(
        "{% load i18n %}{% translate 'Results' %}"
        "{% blocktranslate count n=n %}{{ n }} area{% plural %}{{ n }} areas{% endblocktranslate %}"
    )
    return tmp_path


def sentences(tree: Path, language: str) -> dict[str, str]:
    return {problem.message: problem.sentence for problem in translations.problems(tree, language)}


def translate(tree: Path, language: str, text: str, translated: str) -> None:
    """Fill in one message of a catalogue, as a translator would in the file."""
    file = translations.catalog_file(tree, language)
    empty = f'msgid "{text}"\nmsgstr ""\n'
    assert empty in file.read_text()
    file.write_text(file.read_text().replace(empty, f'msgid "{text}"\nmsgstr "{translated}"\n'))


def test_every_kind_of_message_is_found_in_code_and_templates(tree: Path) -> None:
    found = {(message.context, message.id) for message in translations.extracted(tree) if message.id}
    assert found == {
        (None, "Protocol"),
        (None, ("%(count)d station", "%(count)d stations")),
        ("of a protocol", "State"),
        ("of a country", "State"),
        (None, "Accepted at %(time)s"),
        (None, "Results"),
        (None, ("%(n)s area", "%(n)s areas")),
    }


def test_a_missing_message_is_named(tree: Path) -> None:
    assert sentences(tree, "kk")["Protocol"] == "missing"


@pytest.mark.parametrize(("language", "forms"), [("kk", 2), ("ru", 3)])
def test_update_adds_untranslated_messages_with_the_languages_plurals(tree: Path, language: str, forms: int) -> None:
    translations.update(tree, language)
    assert set(sentences(tree, language).values()) == {"not translated"}
    catalog = translations.read_catalog(tree, language)
    assert catalog.num_plurals == forms
    assert f"nplurals={forms};" in translations.catalog_file(tree, language).read_text()


def test_update_keeps_translations_and_drops_what_is_not_used(tree: Path) -> None:
    translations.update(tree, "kk")
    translate(tree, "kk", "Protocol", "Хаттама")
    translate(tree, "kk", "Results", "Нәтижелер")
    (tree / "templates" / "night.html").unlink()
    assert sentences(tree, "kk")["Results"] == "no longer used"
    translations.update(tree, "kk")
    assert "Нәтижелер" not in translations.catalog_file(tree, "kk").read_text()
    assert "Protocol" not in sentences(tree, "kk")


def test_update_twice_changes_nothing(tree: Path) -> None:
    translations.update(tree, "ru")
    once = translations.catalog_file(tree, "ru").read_bytes()
    translations.update(tree, "ru")
    assert translations.catalog_file(tree, "ru").read_bytes() == once


def test_a_fuzzy_translation_is_named(tree: Path) -> None:
    translations.update(tree, "kk")
    translate(tree, "kk", "Protocol", "Хаттама")
    file = translations.catalog_file(tree, "kk")
    file.write_text(file.read_text().replace('msgid "Protocol"', '#, fuzzy\nmsgid "Protocol"'))
    assert sentences(tree, "kk")["Protocol"] == "fuzzy"


def test_a_translation_that_loses_or_invents_a_place_is_named(tree: Path) -> None:
    translations.update(tree, "kk")
    translate(tree, "kk", "Accepted at %(time)s", "%(who)s қабылдады")
    found = {problem.sentence for problem in translations.problems(tree, "kk") if "Accepted" in problem.message}
    assert found == {"names who, which the text does not have", "leaves out time"}


def test_compiled_catalogues_answer_and_are_compiled_once(tree: Path) -> None:
    translations.update(tree, "kk")
    translate(tree, "kk", "Protocol", "Хаттама")
    compiled = translations.compile_catalogs(tree)
    assert compiled == [tree / "locale" / "kk" / "LC_MESSAGES" / "django.mo"]
    with compiled[0].open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Protocol") == "Хаттама"
    assert translations.compile_catalogs(tree) == []
