"""Seeded chance that every version of Python repeats: only `random()` of the generator is used."""

from __future__ import annotations

from random import Random

SEED = "kz-2023"


def dice(*subject: str) -> Random:
    """A generator of its own for each subject, so that nothing depends on the order in which things are made."""
    return Random("/".join((SEED, *subject)))  # noqa: S311  # A sample that must be the same everywhere, not a secret.


def noise(random: Random) -> float:
    """Between -1 and 1, mostly near 0, without a logarithm whose last digit differs between machines."""
    return (random.random() + random.random() + random.random()) * 2 / 3 - 1


def whole(random: Random, least: int, most: int) -> int:
    """A whole number from `least` to `most`, both included."""
    return least + int(random.random() * (most - least + 1))


def happens(random: Random, chance: float) -> bool:
    """True with this chance, from 0 to 1."""
    return random.random() < chance
