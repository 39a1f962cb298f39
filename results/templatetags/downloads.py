"""Links to the files of a published result, with their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from results.exports.bundle import what_is
from results.exports.downloads import ALL, Download
from results.exports.formats import FORMATS
from results.exports.model import LANGUAGES
from results.public.earlier import earlier_contest
from results.public.showing import Basis, Status
from stations.models import Contest, Election

register = template.Library()

_LANGUAGE_NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}


@register.inclusion_tag("results/_download_list.html")
def download_list(files: Sequence[Download], contest: Contest) -> dict[str, Any]:
    """The files of a contest and of all contests: what each is, its languages, its sizes."""
    titles = ((contest.code, contest.name), (ALL, _("All contests together")))
    groups = [(title, _rows([each for each in files if each.contest == code])) for code, title in titles]
    return {"groups": [{"title": title, "rows": rows} for title, rows in groups if rows]}


@register.inclusion_tag("results/_downloads.html")
def downloads_here(election: Election, contest: Contest, basis: Basis | None) -> dict[str, Any]:
    """The files of the snapshot that a page shows for a contest; nothing where it shows what holds now."""
    if basis is None or basis.status not in (Status.BULLETIN, Status.FINAL):
        return {"groups": []}
    label = f"{basis.status}-{basis.number}"
    files = [
        Download(election.code, label, contest.code, name, language)
        for name, chosen in FORMATS.items()
        for language in (LANGUAGES if chosen.in_languages else ("",))
    ]
    return {"groups": [{"title": "", "rows": _rows(files)}]}


@register.inclusion_tag("results/_earlier.html")
def earlier_here(contest: Contest) -> dict[str, Any]:
    """The way to the comparison with an earlier election, where one is loaded and published."""
    before = earlier_contest(contest)
    return {"contest": contest, "before": before[0].election if before else None}


def _rows(files: Sequence[Download]) -> list[dict[str, Any]]:
    """One row a format, with a link for each language."""
    rows: dict[str, dict[str, Any]] = {}
    for download in files:
        row = rows.setdefault(download.format, {"what": what_is(download), "links": []})
        size = download.size
        row["links"].append(
            {
                "language": _LANGUAGE_NAMES.get(download.language, ""),
                "code": download.language,
                "url": reverse("download", args=[download.election, download.label, download.contest, download.name]),
                "size": "" if size is None else filesizeformat(size),
            }
        )
    return list(rows.values())
