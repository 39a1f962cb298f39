"""`export_results`: a published result, or the tallies of this moment, as files for others to read."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.filesize import decimal

from results.exports.formats import FORMATS, write_files
from results.exports.model import LANGUAGES, ExportedResult
from results.exports.selectors import Issuer, live_result, published_result
from results.models import Snapshot
from results.publication.selectors import newest, published
from stations.models import Contest, Election
from stations.selectors import NoElection, contest_by_code, current_election

ALL = "all"


class Command(BaseCommand):
    help = "Exports the final result, or else the last bulletin, down to each station."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--contest", required=True, help=_("A contest's code, or all."))
        parser.add_argument("--format", required=True, choices=list(FORMATS))
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--bulletin", type=int, metavar="N", help=_("This bulletin instead of the newest result."))
        which.add_argument("--live", action="store_true", help=_("The tallies of this moment, published by nobody."))
        parser.add_argument(
            "--language",
            choices=[*LANGUAGES, ALL],
            default=settings.LANGUAGE_CODE,
            help=_("Of workbooks and PDF; the other formats hold all three."),
        )
        parser.add_argument("--issuer", default=settings.ISSUER)
        parser.add_argument("--issuer-abbreviation", default=settings.ISSUER_ABBREVIATION)

    def handle(self, *_args: Any, contest: str, out: Path, bulletin: int | None, live: bool, **options: Any) -> None:
        election, contests = _contests(contest)
        issuer = Issuer(options["issuer"], options["issuer_abbreviation"])
        how: dict[str, Any] = {"issuer": issuer, "with_stations": FORMATS[options["format"]].with_stations}
        if live:
            result = live_result(election, contests, now=timezone.now(), **how)
        else:
            result = published_result(_snapshot(election, bulletin), contests, **how)
        try:
            sizes = _write(result, contest, out, options["format"], options["language"])
        except OSError as failure:
            raise CommandError(
                _("%(path)s cannot be written: %(reason)s.") % {"path": out, "reason": failure.strerror}
            ) from failure
        self._show(result, {out / name: size for name, size in sizes.items()})

    def _show(self, result: ExportedResult, sizes: Mapping[Path, int]) -> None:
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True)
        said = {"snapshot": result.snapshot.label, "contests": len(result.contests), "stations": len(result.stations)}
        console.print(_("%(snapshot)s: %(contests)d contests, %(stations)d stations") % said)
        for path, size in sizes.items():
            console.print(f"{path} ({decimal(size)})", markup=False)


def _write(result: ExportedResult, contest: str, out: Path, chosen: str, language: str) -> dict[str, int]:
    """Write the files of a format; return their names and sizes. Raises OSError."""
    languages = LANGUAGES if language == ALL else (language,)
    if not FORMATS[chosen].in_languages:
        languages = languages[:1]
    sizes: dict[str, int] = {}
    for spoken in languages:
        sizes |= write_files(result, contest, out, chosen, spoken)
    return sizes


def _contests(code: str) -> tuple[Election, Sequence[Contest]]:
    try:
        if code == ALL:
            election = current_election()
            return election, list(Contest.objects.filter(election=election).order_by("position"))
        contest = contest_by_code(code)
    except NoElection as reason:
        raise CommandError(_("No election is loaded yet.")) from reason
    except Contest.DoesNotExist as reason:
        raise CommandError(_("There is no contest %(code)s.") % {"code": code}) from reason
    return contest.election, [contest]


def _snapshot(election: Election, number: int | None) -> Snapshot:
    if number is None:
        snapshot = newest(election)
        if snapshot is None:
            raise CommandError(
                _("Nothing of %(election)s was published yet. --live exports the tallies of this moment.")
                % {"election": election.code}
            )
        return snapshot
    snapshot = published(election).filter(kind=Snapshot.Kind.BULLETIN, number=number).first()
    if snapshot is None:
        raise CommandError(
            _("%(election)s has no bulletin %(number)d.") % {"election": election.code, "number": number}
        )
    return snapshot
