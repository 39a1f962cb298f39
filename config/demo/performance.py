"""The demo from the first curtain to the last: prepare, play, reckon, and keep serving."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console

from config.demo.acting import Actors
from config.demo.bulletins import Bulletins
from config.demo.cast import Cast, assemble
from config.demo.establishing import publish_final
from config.demo.front_door import FrontDoor
from config.demo.night import Night, Progress, decided_on, keyed_twice, senders, truth
from config.demo.onlooker import Onlooker, result
from config.demo.preparing import timed
from config.demo.reckoning import (
    Key,
    NeverSettled,
    differences,
    in_force,
    national_result,
    title_of,
    wait_until_settled,
)
from config.demo.screen import Named, Picture, grouped, screen_for, show_result, show_sign_ins
from config.demo.turnout_day import play_turnout_day
from config.supervisor import System
from results.verification.report import sentence, summary
from results.verification.verify import verify
from samples.kz_2023.night import Send, script
from stations.models import Area, AreaLevel, Choice, Contest, Election
from tallies.refusals import Refusal

SECONDS_BETWEEN_LOOKS = 0.5
MOST_SHOWN = 20


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line.

    `paced` keeps the script's moments; else it goes as fast as it can. `certify` goes on to the final result.
    """

    once: bool
    contests: tuple[str, ...]
    fraction: float
    duration: float
    paced: bool
    certify: bool = False


class Performance:
    """One run of the demo on a running system."""

    def __init__(self, console: Console, system: System, wishes: Wishes, *, began: float) -> None:
        """`began` is when the whole demo was started, by the monotonic clock."""
        self._console = console
        self._system = system
        self._wishes = wishes
        self._began = began
        self._moved = False

    def run(self, election: Election) -> int:
        """Play what is missing of the night; then return the exit code (`once`) or serve until Ctrl-C.

        Raises ProcessDied or TimeoutError when the system fails.
        """
        night = script(
            contest_codes=self._wishes.contests, duration=self._wishes.duration, fraction=self._wishes.fraction
        )
        before = in_force(election, self._wishes.contests)
        missing = [send for send in night if before.get(_key(send)) != truth(send)]
        cast = timed(self._console, _("The people are there."), lambda: _assembled(election, missing))
        timed(self._console, _("The pages are open."), self._system.wait_until_ready)
        show_sign_ins(self._console, self._system.address, cast)
        wrong: list[str] = []
        if missing:
            wrong += self._play_day(election, cast, missing)
            wrong += self._play(election, cast, missing)
        else:
            self._console.print(_("This night was played before; its result stands."))
        if self._wishes.certify and not wrong:
            wrong += self._publish_final(election)
        wrong += self._reckon(election, played={*before, *map(_key, night)})
        self._conclude(wrong)
        if not self._wishes.once:
            self._serve()
        return 1 if wrong else 0

    def say(self, words: str) -> None:
        """Print a line."""
        self._console.print(words)

    def _play_day(self, election: Election, cast: Cast, missing: Sequence[Send]) -> list[str]:
        """Let some stations report the turnout of the day; return what went otherwise than it should."""
        if not election.turnout_hours:
            return []
        host, port = self._system.host, self._system.port
        words = _("The day is over: stations reported their turnout.")
        return timed(
            self._console, words, lambda: play_turnout_day(election, missing, cast.tokens, host=host, port=port)
        )

    def _play(self, election: Election, cast: Cast, missing: Sequence[Send]) -> list[str]:
        """Play these protocols, showing what moves; return what went otherwise than the script says."""
        bulletins = Bulletins(election, cast.cec)
        host, port = self._system.host, self._system.port
        night = Night(missing, Actors(cast).take, host=host, port=port, paced=self._wishes.paced)
        night.begin()
        try:
            self._watch(election, night, bulletins)
            wait_until_settled()
            bulletins.publish_last()
        except NeverSettled as late:
            return [str(late)]
        finally:
            night.stop()
            bulletins.finish()
        self._console.print(_in_short(night.progress()))
        return [*(act.detail for act in night.surprises()), *bulletins.refused]

    def _publish_final(self, election: Election) -> list[str]:
        """Let every commission establish its results, and publish the final one; return what stood in the way."""
        try:
            publish_final(election, self._console)
        except NeverSettled as late:
            return [str(late)]
        except Refusal as refusal:
            return [str(refusal.message), *map(str, refusal.fields.values())]
        return []

    def _watch(self, election: Election, night: Night, bulletins: Bulletins) -> None:
        contest = Contest.objects.select_related("election").get(election=election, code=self._wishes.contests[0])
        regions = [Named(area.code, area.name) for area in _regions(election)]
        choices = [
            Named(choice.code, choice.name, choice.colour)
            for choice in Choice.objects.filter(contest=contest).order_by("position")
        ]
        screen = screen_for(self._console, title_of(contest), regions=regions, choices=choices)
        with FrontDoor(self._system.host, self._system.port) as door, screen:
            onlooker = Onlooker(
                door, contest=contest.code, nation=_nation(election).code, regions=[region.code for region in regions]
            )
            is_over = False
            while not is_over:
                is_over = night.is_over()
                self._system.check()
                progress = night.progress()
                bulletins.consider(progress.share)
                glance = onlooker.look(everywhere=is_over)
                number = bulletins.last.number if bulletins.last else None
                screen.show(Picture(self._system.address, glance, progress, number))
                self._note_first_move(glance.nation.reported)
                time.sleep(0 if is_over else SECONDS_BETWEEN_LOOKS)

    def _note_first_move(self, reported: int) -> None:
        if reported and not self._moved:
            self._moved = True
            self._console.print(
                _("The first figures moved %(seconds).1f s after the start.")
                % {"seconds": time.monotonic() - self._began}
            )

    def _reckon(self, election: Election, *, played: set[Key]) -> list[str]:
        """Print the result and what `verify` says of it; return what is wrong."""
        contest = Contest.objects.select_related("election").get(election=election, code=self._wishes.contests[0])
        with FrontDoor(self._system.host, self._system.port) as door:
            show_result(self._console, national_result(contest, result(door, contest.code, _nation(election).code)))
            wrong = list(differences(door, played, nation=_nation(election).code))
        verdict = verify()
        for line in summary(verdict):
            self._console.print(line, style="dim")
        return wrong + [sentence(difference) for difference in verdict.differences]

    def _conclude(self, wrong: Sequence[str]) -> None:
        if not wrong:
            self._console.print(_("[green]✓[/] The result is the sum of what was sent, and the verification agrees."))
            return
        self._console.print(_("%(count)d things are wrong:") % {"count": len(wrong)}, style="bold red")
        for line in wrong[:MOST_SHOWN]:
            self._console.print(f"- {line}", style="red", markup=False)

    def _serve(self) -> None:
        """Keep serving until Ctrl-C."""
        self._console.print(
            _("The pages stay open at %(address)s. Ctrl-C ends it.") % {"address": self._system.address}
        )
        while True:
            self._system.check()
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _assembled(election: Election, missing: Sequence[Send]) -> Cast:
    by_two = Contest.objects.filter(election=election, entry=Contest.EntryMode.DOUBLE)
    return assemble(
        election,
        senders=senders(missing),
        decided_on=decided_on(missing),
        keyed_twice=keyed_twice(missing, set(by_two.values_list("code", flat=True))),
        now=timezone.now(),
    )


def _in_short(progress: Progress) -> str:
    return _("%(sent)s protocols sent and %(decided)d decisions taken in %(seconds).1f s: %(pace).0f a second.") % {
        "sent": grouped(progress.sent),
        "decided": progress.decided,
        "seconds": progress.seconds,
        "pace": (progress.sent + progress.decided) / max(progress.seconds, 0.001),
    }


def _key(send: Send) -> Key:
    return send.contest, send.station


def _nation(election: Election) -> Area:
    return Area.objects.get(election=election, level=AreaLevel.NATION)


def _regions(election: Election) -> list[Area]:
    return list(Area.objects.filter(election=election, level=AreaLevel.REGION).order_by("position"))
