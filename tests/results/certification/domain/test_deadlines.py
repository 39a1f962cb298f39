"""By when results are established: the package's days, by the election's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from results.certification.domain.deadlines import NO_TERM, due, is_late, last_day

DAY = date(2023, 3, 19)
ALMATY = "Asia/Almaty"


def test_two_days_after_the_election_day_end_at_midnight_by_the_elections_clock() -> None:
    last = last_day(DAY, 2)
    assert last == date(2023, 3, 21)
    assert due(last, ALMATY) == datetime(2023, 3, 21, 18, 0, tzinfo=UTC)  # Almaty was six hours ahead.


def test_the_last_moment_of_the_last_day_is_not_late_and_the_next_is() -> None:
    last = last_day(DAY, 10)
    midnight = due(last, ALMATY)
    assert midnight is not None
    assert not is_late(last, ALMATY, midnight - timedelta(microseconds=1))
    assert is_late(last, ALMATY, midnight)


@given(st.datetimes(timezones=st.just(UTC)))
def test_nothing_is_ever_late_where_the_package_names_no_term(now: datetime) -> None:
    last = last_day(DAY, NO_TERM)
    assert last is None
    assert due(last, ALMATY) is None
    assert not is_late(last, ALMATY, now)


@given(st.integers(1, 365), st.datetimes(datetime(2023, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC)))
def test_more_days_are_never_sooner_late(days: int, now: datetime) -> None:
    if is_late(last_day(DAY, days + 1), "UTC", now):
        assert is_late(last_day(DAY, days), "UTC", now)
