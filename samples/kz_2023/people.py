"""The people on the lists of the Mazhilis. All of them are invented, and their names say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samples.kz_2023.chance import dice, happens
from samples.kz_2023.contests import MAZHILIS_LIST, Contest
from samples.kz_2023.facts import Names

# More than there are seats, so that no mandate stays vacant for want of people.
A_LIST = 80
# How often somebody is in a group: about as often as the law's 30 percent ask for, and a little more.
GROUPS = (("women", 0.28), ("youth", 0.12), ("disabilities", 0.04))


@dataclass(frozen=True)
class Person:
    """Somebody on a list, and the groups that the quota counts them in."""

    choice: str
    position: int
    names: Names
    groups: tuple[str, ...]


def people_on_lists(contest: Contest) -> Iterator[Person]:
    """Yield everybody on the lists of the Mazhilis, in order; nobody for another contest."""
    if contest.code != MAZHILIS_LIST:
        return
    for choice in contest.choices:
        if choice.kind != "list":
            continue
        random = dice("list", choice.code)
        for position in range(1, A_LIST + 1):
            yield Person(
                choice=choice.code,
                position=position,
                names=Names(
                    f"Person No. {position} of the list {choice.names.en} (invented)",
                    f"{choice.names.kk} тізімінің № {position} кандидаты (ойдан шығарылған)",
                    f"Кандидат № {position} списка {choice.names.ru} (вымышленный)",
                ),
                groups=tuple(group for group, chance in GROUPS if happens(random, chance)),
            )
