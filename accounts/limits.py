"""How often somebody may try to sign in, counted in the shared cache.

A try is counted for its account and its address by one atomic call. allauth counts under a lock for each address: at
dawn, when hundreds behind one government address press within seconds, they wait for each other there, and who has
waited a second is turned away as if they had guessed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from math import ceil
from secrets import token_hex

import redis
from allauth.core.internal.ratelimit import Rate, get_rates, parse_rates
from django.conf import settings

_PREFIX = "sign-in"


@dataclass(frozen=True)
class _Count:
    """Where the tries of an account or an address within the last while are counted."""

    key: str
    rate: Rate


@dataclass(frozen=True)
class Try:
    """A try that may be made. It counts as a failed one until `succeeded` is called."""

    _name: str
    _failures: tuple[_Count, ...]

    def succeeded(self) -> None:
        """Take it back from the failures: who signs in rightly leaves room for others behind the same address."""
        _forget(self._failures, self._name)


def begin_try(*, username: str, address: str, now: float) -> Try | None:
    """Count a try to sign in with this username from this address; None where there were too many.

    All tries of an address are counted (SIGN_IN_TRIES), failed ones by account and address (ACCOUNT_RATE_LIMITS). One
    that is turned away is no failure: nobody is kept out longer by pressing again.
    """
    tries = _counts("try", parse_rates(settings.SIGN_IN_TRIES), username, address)
    failures = _counts("failed", get_rates(app="allauth.account", action="login_failed"), username, address)
    name = token_hex(8)
    pipeline = _cache().pipeline(transaction=True)
    for count in (*tries, *failures):
        pipeline.zremrangebyscore(count.key, "-inf", now - count.rate.duration)
        pipeline.zadd(count.key, {name: now})
        pipeline.zcard(count.key)
        pipeline.expire(count.key, ceil(count.rate.duration))
    found = pipeline.execute()[2::4]
    if any(number > count.rate.amount for number, count in zip(found, (*tries, *failures), strict=True)):
        _forget(failures, name)
        return None
    return Try(name, failures)


def _counts(what: str, rates: list[Rate], username: str, address: str) -> tuple[_Count, ...]:
    account = hashlib.sha256(username.lower().encode()).hexdigest()
    of = {"ip": address, "key": account}
    return tuple(_Count(f"{_PREFIX}:{what}:{rate}:{of[rate.per]}", rate) for rate in rates)


def _forget(counts: tuple[_Count, ...], name: str) -> None:
    pipeline = _cache().pipeline(transaction=False)
    for count in counts:
        pipeline.zrem(count.key, name)
    pipeline.execute()


@cache
def _cache() -> redis.Redis:
    return redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
