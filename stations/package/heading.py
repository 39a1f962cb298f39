"""`election.toml`: the election itself, its forms with their lines and checks."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from stations.domain.form import Severity
from stations.domain.patterns import NAMES
from stations.domain.rules import RESERVED_NAMES
from stations.package.cells import (
    LARGEST_NUMBER,
    LONGEST_CODE,
    LONGEST_TEXT,
    complaint_about_code,
    complaint_about_text,
    decode,
)
from stations.package.content import CheckRow, ElectionRow, FormRow, LineRow, Names, QuotaRow
from stations.package.problems import Problems, with_suggestion
from stations.package.time_zones import is_time_zone
from stations.package.toml_places import Path, TomlPlaces

FILE: Final = "election.toml"
LONGEST_CHECK_CODE: Final = 16
LONGEST_RULE: Final = 500
LONGEST_MESSAGE: Final = 500
MOST_WITNESSES: Final = 100
MOST_COMPLAINT_HOURS: Final = 24 * 365
MOST_DAYS: Final = 365
LARGEST_LIMIT: Final = 1_000_000
_ALL_OF_THEM: Final = 100  # percent

_LINE_CODE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_SYNTAX_ERROR = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.S)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_ELECTION_KEYS = {
    "code", "date", "time_zone", "name", "opens_at", "figures_public_from", "live_public", "photographs_public",
    "protocols_before_close", "witnesses_required", "turnout_hours", "complaint_hours", "days_to_certify",
    "days_to_final", "patterns", "quota", "synthetic", "form",
}  # fmt: skip
_FORM_KEYS = {"code", "lines", "check"}
_LINE_KEYS = {"code", "name", "may_be_absent"}
_CHECK_KEYS = {"code", "severity", "rule", "tolerance", "message", "law"}
_QUOTA_KEYS = {"code", "name", "percent", "groups", "law"}
_LANGUAGES = ("en", "kk", "ru")
_IN_LANGUAGES = {"name", "message", "law"}
_OTHER_SPELLINGS = {
    "line": "lines", "checks": "check", "optional": "may_be_absent", "legal_reference": "law",
    **{f"legal_reference_{language}": f"law_{language}" for language in _LANGUAGES},
}  # fmt: skip


@dataclass(frozen=True)
class Heading:
    election: ElectionRow
    forms: tuple[FormRow, ...]
    places: TomlPlaces


def read_heading(content: bytes, problems: Problems) -> Heading | None:
    """The election and its forms; None if the file cannot be parsed at all. What is wrong is reported."""
    text = decode(FILE, content, problems)
    if text is None:
        return None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _report_syntax(text, str(error), problems)
        return None
    except RecursionError:
        problems.add(FILE, 1, "", _("Lists are nested too deeply."))
        return None
    places = TomlPlaces(text)
    top = _Keys(document, (), places, problems, _ELECTION_KEYS)
    forms = tuple(_form(keys) for keys in top.tables("form", _FORM_KEYS))
    election = _election(top)
    if not forms:
        top.report("form", _("There is no form: write at least one [[form]]."))
    _report_doubles(forms, problems, _("The form %(code)s stands here twice."))
    _report_doubles(election.quotas, problems, _("The quota %(code)s stands here twice."))
    return Heading(election, forms, places)


def _report_syntax(text: str, message: str, problems: Problems) -> None:
    found = _SYNTAX_ERROR.match(message)
    what, line, column = (found["what"], found["line"], found["column"]) if found else (message, None, None)
    number = int(line) if line else len(text.splitlines()) or 1
    sentence = _("This cannot be read as TOML: %(what)s.") % {"what": what}
    problems.add(FILE, number, column or "", sentence)


def _election(keys: _Keys) -> ElectionRow:
    time_zone = keys.time_zone("time_zone")
    return ElectionRow(
        line=keys.line("code"),
        code=keys.code("code", LONGEST_CODE),
        date=keys.date("date"),
        time_zone=time_zone,
        names=keys.names("name", LONGEST_TEXT),
        opens_at=keys.moment("opens_at", time_zone),
        figures_public_from=keys.moment("figures_public_from", time_zone),
        live_public=keys.truth("live_public"),
        photographs_public=keys.truth("photographs_public"),
        protocols_before_close=keys.truth("protocols_before_close"),
        witnesses_required=keys.whole("witnesses_required", MOST_WITNESSES),
        turnout_hours=keys.hours("turnout_hours"),
        complaint_hours=keys.whole("complaint_hours", MOST_COMPLAINT_HOURS),
        days_to_certify=keys.whole("days_to_certify", MOST_DAYS),
        days_to_final=keys.whole("days_to_final", MOST_DAYS),
        patterns=keys.limits("patterns", NAMES),
        quotas=tuple(_quota(quota) for quota in keys.tables("quota", _QUOTA_KEYS)),
        synthetic=keys.truth("synthetic"),
    )


def _quota(keys: _Keys) -> QuotaRow:
    return QuotaRow(
        line=keys.line("code"),
        code=keys.code("code", LONGEST_CODE),
        names=keys.names("name", LONGEST_TEXT),
        percent=keys.whole("percent", _ALL_OF_THEM),
        groups=keys.codes("groups"),
        laws=keys.names_or_text("law", LONGEST_TEXT),
    )


def _form(keys: _Keys) -> FormRow:
    lines = tuple(_line(line) for line in keys.tables("lines", _LINE_KEYS))
    checks = tuple(_check(check) for check in keys.tables("check", _CHECK_KEYS))
    if not lines:
        keys.report("lines", _("The form has no lines."))
    _report_doubles(lines, keys.problems, _("The line %(code)s stands in this form twice."))
    _report_doubles(checks, keys.problems, _("The check %(code)s stands in this form twice."))
    return FormRow(keys.line("code"), keys.code("code", LONGEST_CODE), lines, checks)


def _line(keys: _Keys) -> LineRow:
    code = keys.code("code", LONGEST_CODE)
    if code and (not _LINE_CODE.fullmatch(code) or code in RESERVED_NAMES):
        sentence = _("%(code)s cannot be the code of a line: use small Latin letters, digits and underscores.")
        keys.report("code", sentence % {"code": code})
    return LineRow(keys.line("code"), code, keys.names("name", LONGEST_TEXT), keys.truth("may_be_absent"))


def _check(keys: _Keys) -> CheckRow:
    return CheckRow(
        line=keys.line("rule"),
        code=keys.code("code", LONGEST_CHECK_CODE),
        severity=keys.one_of("severity", [severity.value for severity in Severity]),
        rule=keys.text("rule", LONGEST_RULE, required=True),
        tolerance=keys.whole("tolerance", LARGEST_NUMBER),
        messages=keys.names("message", LONGEST_MESSAGE),
        laws=keys.names_or_text("law", LONGEST_TEXT),
    )


def _report_doubles(
    rows: Collection[FormRow | LineRow | CheckRow | QuotaRow], problems: Problems, sentence: str
) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.code and row.code in seen:
            problems.add(FILE, row.line, "code", sentence % {"code": row.code})
        seen.add(row.code)


class _Keys:
    """One table of the file. Every method reads one key, reports what is wrong and returns something harmless then."""

    def __init__(
        self, table: Mapping[str, Any], path: Path, places: TomlPlaces, problems: Problems, known: Collection[str]
    ) -> None:
        self.problems = problems
        self._path = path
        self._places = places
        self._written = {_OTHER_SPELLINGS.get(key, key): key for key in table}
        self._values = {_OTHER_SPELLINGS.get(key, key): value for key, value in table.items()}
        allowed = {
            *known,
            *(f"{key}_{language}" for key in _IN_LANGUAGES & set(known) for language in _LANGUAGES),
        }
        for key in self._values:
            if key not in allowed:
                sentence = _("The key %(key)s is not known here.") % {"key": key}
                self.report(key, with_suggestion(sentence, key, allowed - self._values.keys()))

    def line(self, key: str) -> int:
        code = self._values.get("code")
        path = (*self._path, self._written.get(key, key))
        return self._places.line(path, word=code if isinstance(code, str) else "")

    def report(self, key: str, sentence: str) -> None:
        self.problems.add(FILE, self.line(key), key, sentence)

    def tables(self, key: str, known: Collection[str]) -> list[_Keys]:
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            self.report(key, _("This must be a list of tables."))
            return []
        path = (*self._path, self._written.get(key, key))
        return [_Keys(table, (*path, index), self._places, self.problems, known) for index, table in enumerate(value)]

    def text(self, key: str, limit: int, *, required: bool = False) -> str:
        written = self._values.get(key, "")
        if not isinstance(written, str):
            self.report(key, _("This must be text in quotes."))
            return ""
        value = written.strip()
        complaint = complaint_about_text(value, limit)
        if not value and required:
            complaint = _("%(key)s is missing.") % {"key": key}
        if complaint:
            self.report(key, complaint)
            return ""
        return value

    def code(self, key: str, limit: int) -> str:
        value = self.text(key, limit, required=True)
        complaint = complaint_about_code(value) if value else None
        if complaint:
            self.report(key, complaint)
        return value

    def names(self, key: str, limit: int) -> Names:
        """Three languages, as `name_en = …` or as `name = {en = …}`."""
        table = self._values.get(key, {})
        if not isinstance(table, dict):
            self.report(key, _("This must be a table of three languages: en, kk, ru."))
            return Names("", "", "")
        for language in table.keys() - set(_LANGUAGES):
            self.report(key, _("The language %(language)s is not one of en, kk, ru.") % {"language": language})
        return Names(*(self._in_language(table, key, language, limit) for language in _LANGUAGES))

    def names_or_text(self, key: str, limit: int) -> Names:
        """Three languages as `names` reads them, or one text that is the same in all; empty where there is none."""
        by_language = self._values.keys() & {f"{key}_{language}" for language in _LANGUAGES}
        if by_language or isinstance(self._values.get(key), dict):
            return self.names(key, limit)
        text = self.text(key, limit)
        return Names(text, text, text)

    def _in_language(self, table: Mapping[str, Any], key: str, language: str, limit: int) -> str:
        suffixed = f"{key}_{language}"
        value = table.get(language, self._values.get(suffixed))
        place = key if key in self._values else suffixed
        if not isinstance(value, str) or not value.strip():
            self.report(place, _("%(key)s is missing.") % {"key": suffixed})
            return ""
        complaint = complaint_about_text(value.strip(), limit)
        if complaint:
            self.report(place, complaint)
        return value.strip()

    def truth(self, key: str) -> bool:
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            self.report(key, _("Write true or false, without quotes."))
            return False
        return value

    def whole(self, key: str, most: int) -> int:
        value = self._values.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int):
            self.report(key, _("This must be a whole number, without quotes."))
            return 0
        if not 0 <= value <= most:
            self.report(key, _("This must be a number from 0 to %(most)s.") % {"most": most})
            return 0
        return value

    def one_of(self, key: str, known: Collection[str]) -> str:
        value = self._values.get(key, "")
        if value in known:
            return str(value)
        sentence = _("Use one of %(words)s.") % {"words": ", ".join(known)}
        self.report(key, with_suggestion(sentence, str(value), known))
        return ""

    def time_zone(self, key: str) -> str:
        value = self.text(key, LONGEST_CODE, required=True)
        if not value or is_time_zone(value):
            return value or "UTC"
        self.report(key, _("%(cell)s is not a time zone such as Asia/Almaty.") % {"cell": value})
        return "UTC"

    def date(self, key: str) -> dt.date:
        value = self._values.get(key)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if isinstance(value, str):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        self.report(key, _("Write a date such as 2026-03-19."))
        return _EPOCH.date()

    def moment(self, key: str, time_zone: str) -> dt.datetime:
        """A moment; one without an offset is on the election's clock."""
        value = self._values.get(key)
        if isinstance(value, str):
            try:
                value = dt.datetime.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, dt.datetime):
            self.report(key, _("Write a date and time such as 2026-03-19T07:00:00+05:00."))
            return _EPOCH
        return value if value.tzinfo else value.replace(tzinfo=zoneinfo.ZoneInfo(time_zone))

    def limits(self, key: str, known: Collection[str]) -> dict[str, int]:
        """A table of whole numbers, those that are there."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self.report(key, _("This must be a table of whole numbers."))
            return {}
        path = (*self._path, self._written.get(key, key))
        table = _Keys(value, path, self._places, self.problems, known)
        return {name: table.whole(name, LARGEST_LIMIT) for name in known if name in value}

    def codes(self, key: str) -> tuple[str, ...]:
        """A list of codes, at least one."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not value or not all(isinstance(code, str) for code in value):
            self.report(key, _('Write a list of codes such as ["women", "youth"].'))
            return ()
        for code in value:
            complaint = complaint_about_code(code)
            if complaint:
                self.report(key, complaint)
        return tuple(value)

    def hours(self, key: str) -> tuple[str, ...]:
        """Times of day, written as "10:00"."""
        value = self._values.get(key, [])
        if not isinstance(value, list):
            self.report(key, _('Write a list of hours such as ["10:00", "12:00"].'))
            return ()
        hours = [hour.strftime("%H:%M") if isinstance(hour, dt.time) else hour for hour in value]
        if not all(isinstance(hour, str) and _HOUR.fullmatch(hour) for hour in hours):
            self.report(key, _('Write a list of hours such as ["10:00", "12:00"].'))
            return ()
        if hours != sorted(set(hours)):
            self.report(key, _("The hours must follow each other."))
        return tuple(hours)
