"""What votes not counted yet can still change: proven bounds over every way they can fall, never a forecast."""

from aggregation.domain.bounds.seats import MOST_UNCERTAIN, Bounds, SeatRange, bounds, votes_that_change_nothing

__all__ = ["MOST_UNCERTAIN", "Bounds", "SeatRange", "bounds", "votes_that_change_nothing"]
