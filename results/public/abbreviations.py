"""Short names for drawings in which a whole name has no room."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

_WORD = re.compile(r"[^\W_]+")
# A word in so many names ("Region", "облысы") tells none of them apart.
_COMMON = 3
_SHORTEST, _LONGEST = 3, 6


def abbreviations(names: Sequence[str]) -> list[str]:
    """Return a short name for each of these, no two the same where the names are not.

    Words that many names share are left out, as long as another remains; a name that is still taken gets the initial of
    a word left out, then more of its letters, then a number.
    """
    words = [_WORD.findall(name) for name in names]
    common = {word for word, times in Counter(word for each in words for word in set(each)).items() if times >= _COMMON}
    taken: dict[str, str] = {}
    # Names without a common word first: "Almaty" before "Almaty Region".
    for each, name in sorted(zip(words, names, strict=True), key=lambda pair: (len(pair[0]), pair[1])):
        taken[name] = next(short for short in _candidates(each, common, name) if short not in taken.values())
    return [taken[name] for name in names]


def _candidates(words: Sequence[str], common: set[str], name: str) -> Iterator[str]:
    own = next((word for word in words if word not in common), next(iter(words), name))
    initials = "".join(word[0].upper() for word in words if word in common and word != own)
    yield own[:_SHORTEST]
    yield own[:_SHORTEST] + initials
    for length in range(_SHORTEST + 1, _LONGEST + 1):
        yield own[:length]
        yield own[:length] + initials
    for number in count(2):
        yield f"{own[:_SHORTEST]}{number}"
