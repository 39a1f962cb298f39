"""The synthetic night: what is sent when, and by whom it is put right. Data only; somebody else plays it.

Two stations in a hundred do not send their true protocol at once: they key a mistake and are stopped, insist that the
paper says so and are held, are corrected later by their district commission, or are very late. In the end every
station that took part has its true figures in force.

`python -m samples.kz_2023.night FOLDER [CONTEST…]` writes the true protocols as files for `import_protocols`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from samples.kz_2023.chance import dice, noise, whole
from samples.kz_2023.contests import COLOURS, MAZHILIS_LIST, Contest, contest, contests
from samples.kz_2023.country import Station, country
from samples.kz_2023.protocols import protocols

__all__ = [
    "LINES",
    "Answer",
    "Decision",
    "Send",
    "Verdict",
    "protocols",
    "script",
    "steps",
    "warnings",
    "write_protocol_files",
]

ELECTION_DAY = date(2023, 3, 19)
CLOSES = time(20, 0)

LINES = (
    "voters_on_list",
    "ballots_received",
    "ballots_issued",
    "ballots_issued_at_station",
    "ballots_issued_outside",
    "ballots_issued_absentee",
    "ballots_unused",
    "ballots_found",
    "ballots_invalid",
    "ballots_valid",
)

EXPLANATIONS = {
    "W301": "Сайлаушылар бюллетеньдерді өзімен алып кетті, акт жасалды.",
    "W302": "Қосымша бюллетеньдер актімен алынды.",
    "W303": "Учаске ауруханада орналасқан, барлығы дерлік дауыс берді.",
    "W304": "Жарамсыз бюллетеньдер қайта саналды, сан дұрыс.",
    "W305": "Дауыстар қайта саналды, сан дұрыс.",
}


class Answer(Enum):
    """What the front door says to a protocol that is sent."""

    ACCEPTED = "accepted"
    HELD = "held"
    STOPPED = "stopped"
    """Refused with findings; nothing has been counted or kept."""


class Verdict(Enum):
    """What a district commission decides."""

    ACCEPT_HELD = "accept_held"
    RETURN_HELD = "return_held"
    CORRECT = "correct"


@dataclass(frozen=True)
class Send:
    """A station sends a protocol; `explanations` answer every warning its figures raise, by the warning's code."""

    at_second: float
    station: str
    contest: str
    figures: Mapping[str, int]
    explanations: Mapping[str, str]
    answer: Answer = Answer.ACCEPTED
    paper_says_so: str = ""
    """The reason for sending figures that break an error check; empty when they break none or nothing is insisted."""
    then: Send | Decision | None = None
    """What follows for the same protocol, never before this was answered."""


@dataclass(frozen=True)
class Decision:
    """The district commission above a station decides on its protocol; a correction brings its own figures."""

    at_second: float
    station: str
    contest: str
    verdict: Verdict
    reason: str
    figures: Mapping[str, int] = field(default_factory=dict)
    explanations: Mapping[str, str] = field(default_factory=dict)
    then: Send | Decision | None = None


Step = Send | Decision


def script(*, contest_codes: Sequence[str] | None = None, duration: float = 180.0, fraction: float = 1.0) -> list[Send]:
    """The night's first sends in the order of time, each with what follows in its `then`.

    `contest_codes` defaults to the Mazhilis list; `duration` is in seconds, from the first send to the last step;
    `fraction` of the stations take part, spread evenly over the country.
    """
    codes = (MAZHILIS_LIST,) if contest_codes is None else contest_codes
    moments = _moments(duration * 0.9, fraction)
    sends: list[Send] = []
    for code in codes:
        found = contest(code)
        truth = protocols(code)
        # A station's protocols follow one another in the order its ballots are counted.
        pause = duration * 0.02 * list(COLOURS).index(found.series)
        sends.extend(
            _told(found, station, truth[station.code], moments[station.code] + pause, duration)
            for station in found.stations
            if station.code in moments
        )
    return sorted(sends, key=lambda send: (send.at_second, send.station, send.contest))


def steps(send: Send) -> list[Step]:
    """The send and all that follows from it, in order."""
    chain: list[Step] = []
    step: Step | None = send
    while step is not None:
        chain.append(step)
        step = step.then
    return chain


def warnings(figures: Mapping[str, int]) -> list[str]:
    """The codes of the form's warnings that these figures raise; the form in election.toml says why."""
    votes = [count for code, count in figures.items() if code.startswith("votes:")]
    raised = {
        "W301": figures["ballots_found"] < figures["ballots_issued"],
        "W302": 100 * figures["ballots_received"] > 101 * figures["voters_on_list"] + 99,
        "W303": 100 * figures["ballots_issued"] > 95 * figures["voters_on_list"],
        "W304": 100 * figures["ballots_invalid"] > 5 * figures["ballots_found"],
        "W305": any(100 * count > 99 * sum(votes) + 50 for count in votes),
    }
    return [code for code, is_raised in raised.items() if is_raised]


def write_protocol_files(folder: Path, contest_codes: Iterable[str] | None = None) -> list[Path]:
    """Write each contest's true protocols as `CONTEST.csv` for `import_protocols`; all contests when none is named."""
    folder.mkdir(parents=True, exist_ok=True)
    codes = [each.code for each in contests()] if contest_codes is None else contest_codes
    return [_write_protocol_file(folder / f"{code}.csv", contest(code)) for code in codes]


def _write_protocol_file(path: Path, found: Contest) -> Path:
    columns = [*LINES, *(f"votes:{choice.code}" for choice in found.choices)]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["station", *columns])
        for station, figures in protocols(found.code).items():
            rows.writerow([station, *(figures.get(column, "") for column in columns)])
    return path


def _moments(duration: float, fraction: float) -> dict[str, float]:
    """When each participating station sends: in the true order of the night, at an even pace."""
    everyone = country().stations
    taking_part = [
        station for i, station in enumerate(everyone, start=1) if int(i * fraction) > int((i - 1) * fraction)
    ]
    order = sorted(taking_part, key=lambda station: (_ready(station), station.code))
    return {station.code: duration * rank / max(1, len(order)) for rank, station in enumerate(order)}


@cache
def _closing(time_zone: str) -> float:
    """Hours after midnight, universal time, at which stations of the zone close."""
    local = datetime.combine(ELECTION_DAY, CLOSES, tzinfo=ZoneInfo(time_zone))
    midnight = datetime.combine(ELECTION_DAY, time(), tzinfo=UTC)
    return (local - midnight).total_seconds() / 3600


def _ready(station: Station) -> float:
    """Hours at which the station has counted and signed: large stations count longer, some much longer."""
    random = dice("ready", station.code)
    unhurried = 0.8 + 0.4 * noise(random) + 2 * random.random() * random.random() * random.random()
    return _closing(station.time_zone) + 0.5 + station.registered_voters / 1500 * unhurried


def _told(found: Contest, station: Station, truth: Mapping[str, int], at: float, duration: float) -> Send:
    """The station's story: of most, that it sent its true figures."""
    random = dice("story", found.code, station.code)
    plain = Send(at, station.code, found.code, truth, _explained(truth))
    draw = random.random()
    for chance, story in STORIES:
        if draw < chance:
            return story(plain, random, duration - at)
        draw -= chance
    return plain


def _explained(figures: Mapping[str, int]) -> dict[str, str]:
    return {code: EXPLANATIONS[code] for code in warnings(figures)}


def _late(plain: Send, random: Random, left: float) -> Send:
    """Snow, a lost connection: the protocol comes when the night is nearly over."""
    return replace(plain, at_second=plain.at_second + left * (0.9 + 0.1 * random.random()))


def _mistaken(plain: Send, random: Random, left: float) -> Send:
    """Keyed wrong, stopped by an error check, keyed right."""
    wrong = _breaking_a_check(plain.figures, random)
    again = replace(plain, at_second=plain.at_second + left * (0.02 + 0.1 * random.random()))
    return replace(plain, figures=wrong, explanations=_explained(wrong), answer=Answer.STOPPED, then=again)


def _held_and_returned(plain: Send, random: Random, left: float) -> Send:
    """The officer insists; the commission compares with the paper and sends the protocol back."""
    decided, again = _two_moments(plain, random, left)
    decision = Decision(
        at_second=decided,
        station=plain.station,
        contest=plain.contest,
        verdict=Verdict.RETURN_HELD,
        reason="Сандар қағаз хаттамаға сәйкес келмейді, қайта енгізіңіз.",
        then=replace(plain, at_second=again),
    )
    return _held(plain, random, decision)


def _held_and_accepted(plain: Send, random: Random, left: float) -> Send:
    """The paper itself is wrong: it counts as it is until the recount the commission orders."""
    decided, recounted = _two_moments(plain, random, left)
    decision = Decision(
        at_second=decided,
        station=plain.station,
        contest=plain.contest,
        verdict=Verdict.ACCEPT_HELD,
        reason="Қағаз хаттамада солай; қайта санау тағайындалды.",
        then=_correction(plain, recounted, "Дауыстар қайта саналды."),
    )
    return _held(plain, random, decision)


def _corrected(plain: Send, random: Random, left: float) -> Send:
    """Two choices' votes stood in each other's lines: no check can see it, but an observer did."""
    first, second = [code for code in plain.figures if code.startswith("votes:")][:2]
    if plain.figures[first] == plain.figures[second]:
        return plain
    wrong = {**plain.figures, first: plain.figures[second], second: plain.figures[first]}
    _, corrected = _two_moments(plain, random, left)
    reason = "Екі жолдағы дауыстар ауысып кеткен; байқаушының көшірмесімен салыстырылды."
    then = _correction(plain, corrected, reason)
    return replace(plain, figures=wrong, explanations=_explained(wrong), then=then)


# Two in a hundred: how often each story is told.
STORIES: tuple[tuple[float, Callable[[Send, Random, float], Send]], ...] = (
    (0.005, _late),
    (0.006, _mistaken),
    (0.002, _held_and_returned),
    (0.002, _held_and_accepted),
    (0.005, _corrected),
)


def _two_moments(plain: Send, random: Random, left: float) -> tuple[float, float]:
    """A while after the send, and a while after that, both before the night is over."""
    first = plain.at_second + left * (0.1 + 0.3 * random.random())
    return first, first + left * (0.1 + 0.3 * random.random())


def _held(plain: Send, random: Random, then: Decision) -> Send:
    wrong = _breaking_a_check(plain.figures, random)
    return replace(
        plain,
        figures=wrong,
        explanations=_explained(wrong),
        answer=Answer.HELD,
        paper_says_so="Хаттаманың түпнұсқасында дәл осы сандар жазылған.",
        then=then,
    )


def _correction(plain: Send, at: float, reason: str) -> Decision:
    return Decision(
        at,
        plain.station,
        plain.contest,
        Verdict.CORRECT,
        reason,
        figures=plain.figures,
        explanations=plain.explanations,
    )


def _breaking_a_check(figures: Mapping[str, int], random: Random) -> dict[str, int]:
    """The figures with one slip of the keyboard that breaks an error check."""
    first_choice = next(code for code in figures if code.startswith("votes:"))
    slips = {
        "ballots_unused": _transposed(figures["ballots_unused"]),
        "ballots_valid": _transposed(figures["ballots_valid"]),
        first_choice: figures[first_choice] + whole(random, 1, 9),
    }
    slipped = list(slips)[whole(random, 0, len(slips) - 1)]
    return {**figures, slipped: slips[slipped]}


def _transposed(number: int) -> int:
    """The number with its last two different neighbouring digits exchanged; one more where all digits are equal."""
    digits = list(str(number))
    for i in range(len(digits) - 1, 0, -1):
        if digits[i] != digits[i - 1] and (i > 1 or digits[i] != "0"):
            digits[i - 1], digits[i] = digits[i], digits[i - 1]
            return int("".join(digits))
    return number + 1


def main(arguments: Sequence[str]) -> int:
    """The command line: a folder to write into, then the contests (all when none is named)."""
    if not arguments:
        print("usage: python -m samples.kz_2023.night FOLDER [CONTEST…]", file=sys.stderr)
        return 2
    written = write_protocol_files(Path(arguments[0]), arguments[1:] or None)
    print(f"{len(written)} files in {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
