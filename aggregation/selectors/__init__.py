"""Reading sums."""

from aggregation.selectors.open_votes import (
    Counted,
    OutStation,
    Questioned,
    counted_mark,
    counted_votes,
    out_stations,
    question_mark,
    questioned_stations,
)
from aggregation.selectors.tallies import (
    Sum,
    as_of,
    every_area_as_of,
    every_station,
    now_in,
    tally,
    unequal_tallies,
)
from aggregation.selectors.turnout import HourSum, stations_by_area, turnout_mark, turnout_of

__all__ = [
    "Counted",
    "HourSum",
    "OutStation",
    "Questioned",
    "Sum",
    "as_of",
    "counted_mark",
    "counted_votes",
    "every_area_as_of",
    "every_station",
    "now_in",
    "out_stations",
    "question_mark",
    "questioned_stations",
    "stations_by_area",
    "tally",
    "turnout_mark",
    "turnout_of",
    "unequal_tallies",
]
