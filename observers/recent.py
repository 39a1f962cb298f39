"""Answers that are good for a few seconds: many people look at the same night, and pages ask again by themselves."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

SECONDS = 5.0
_MOST = 1_000

Answer = TypeVar("Answer")

_answers: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()
_lock = Lock()


def recently(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return what was answered under this key in the last seconds, or ask anew."""
    now = time.monotonic()
    with _lock:
        found = _answers.get(key)
    if found is not None and now - found[0] < SECONDS:
        return cast(Answer, found[1])  # The key names one kind of answer.
    answer = ask()
    with _lock:
        _answers[key] = (now, answer)
        _answers.move_to_end(key)
        while len(_answers) > _MOST:
            _answers.popitem(last=False)
    return answer


def forget() -> None:
    """Ask anew from now on."""
    with _lock:
        _answers.clear()
