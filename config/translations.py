"""The message catalogues: every text people see, in Kazakh and Russian, kept complete without gettext installed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

LANGUAGES = ("kk", "ru")
PLURAL_FORMS = {
    "kk": "nplurals=2; plural=(n != 1);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
}
ROOMS = ("config", "observers", "results", "aggregation", "tallies", "accounts", "stations", "audit")
KEYWORDS: dict[str, object] = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PYTHON_PLACES = re.compile(r"%\((\w+)\)[sdf]")

# (context, singular) names a message, as gettext has it.
Name = tuple[str | None, str]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one message of one language."""

    language: str
    message: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.language}: {self.message!r}: {self.sentence}"


def extracted(root: Path) -> Catalog:
    """Every message of the code and the templates under `root`, with where it stands."""
    catalog = Catalog()
    for file in _sources(root):
        for line, message, comments, context in _messages_of(file):
            place = (str(file.relative_to(root)), line)
            catalog.add(message, locations=[place], auto_comments=comments, context=context)
    return catalog


def problems(root: Path, language: str) -> list[Problem]:
    """What is missing, empty, fuzzy, obsolete or wrong in one language's catalogue."""
    wanted = _by_name(extracted(root))
    catalog = read_catalog(root, language)
    known = _by_name(catalog)
    found = [Problem(language, name[1], "missing") for name in wanted.keys() - known.keys()]
    found += [Problem(language, name[1], "no longer used") for name in known.keys() - wanted.keys()]
    found += [Problem(language, _name(message)[1], "no longer used") for message in catalog.obsolete.values()]
    for name in wanted.keys() & known.keys():
        found += [Problem(language, name[1], sentence) for sentence in _faults(wanted[name], known[name], catalog)]
    return sorted(found, key=lambda problem: (problem.message, problem.sentence))


def update(root: Path, language: str) -> None:
    """Add what is missing with no translation, and drop what is no longer used."""
    known = _by_name(read_catalog(root, language))
    updated = Catalog(locale=language, project="Hattama", charset="utf-8", fuzzy=False)
    for name, message in _by_name(extracted(root)).items():
        before = known.get(name)
        kept = before.string if before is not None and bool(before.pluralizable) == bool(message.pluralizable) else None
        flags = before.flags if before is not None and kept else ()
        updated.add(message.id, kept, message.locations, flags, message.auto_comments, context=message.context)
    file = catalog_file(root, language)
    file.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    write_po(written, updated, width=120, sort_output=True, no_location=True, omit_header=True)
    file.write_bytes(_header(language) + written.getvalue())


def compile_catalogs(root: Path) -> list[Path]:
    """Write the .mo file of every catalogue that is newer than its own; return those written."""
    written = []
    for language in LANGUAGES:
        source = catalog_file(root, language)
        compiled = source.with_suffix(".mo")
        if not source.exists() or (compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime):
            continue
        unfinished = compiled.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            write_mo(file, read_catalog(root, language))
        unfinished.replace(compiled)
        written.append(compiled)
    return written


def catalog_file(root: Path, language: str) -> Path:
    """Where a language's catalogue is."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read_catalog(root: Path, language: str) -> Catalog:
    """A language's catalogue; an empty one when there is no file."""
    file = catalog_file(root, language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def _sources(root: Path) -> Iterator[Path]:
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file
    for folder in (root / "templates", *(root / room / "templates" for room in ROOMS)):
        yield from sorted(file for file in folder.rglob("*") if file.suffix in {".html", ".txt"})


def _messages_of(file: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = file.read_text(encoding="utf-8")
    code = text if file.suffix == ".py" else _without_indents(templatize(text, origin=str(file)))
    source = io.BytesIO(code.encode())
    for line, message, comments, context in extract(
        "python",
        source,
        keywords=KEYWORDS,  # type: ignore[arg-type]
        comment_tags=["Translators:"],
        options={"encoding": "utf-8"},
    ):
        if message and message != "":
            yield line, message, comments, context


def _without_indents(code: str) -> str:
    """A template's indents mean nothing, and are no Python."""
    return "\n".join(line.lstrip() for line in code.split("\n"))


def _by_name(catalog: Catalog) -> dict[Name, Message]:
    return {_name(message): message for message in catalog if message.id}


def _name(message: Message) -> Name:
    singular = message.id[0] if isinstance(message.id, list | tuple) else message.id
    return message.context, singular


def _faults(wanted: Message, known: Message, catalog: Catalog) -> Iterator[str]:
    if bool(wanted.pluralizable) != bool(known.pluralizable):
        yield "is with a plural in one place and without in the other"
        return
    strings = list(known.string) if isinstance(known.string, list | tuple) else [known.string]
    if known.pluralizable and len(strings) != catalog.num_plurals:
        yield f"has {len(strings)} forms of {catalog.num_plurals}"
    if not all(strings):
        yield "not translated"
        return
    if known.fuzzy:
        yield "fuzzy"
    places = set().union(*map(_places, wanted.id if isinstance(wanted.id, list | tuple) else [wanted.id]))
    for text in strings:
        if strange := _places(text) - places:
            yield f"names {', '.join(sorted(strange))}, which the text does not have"
        # A plural form may say "one" in words.
        if not wanted.pluralizable and (lost := places - _places(text)):
            yield f"leaves out {', '.join(sorted(lost))}"


def _places(text: str | None) -> set[str]:
    return set(PYTHON_PLACES.findall(text or ""))


def _header(language: str) -> bytes:
    lines = [
        'msgid ""',
        'msgstr ""',
        '"Project-Id-Version: Hattama\\n"',
        f'"Language: {language}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {PLURAL_FORMS[language]}\\n"',
    ]
    return "\n".join([*lines, "", ""]).encode()
