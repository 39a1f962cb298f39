"""Bringing tallies up to date."""

from aggregation.services.rebuild import rebuild_tallies
from aggregation.services.roll_up import roll_up
from aggregation.services.settle import ring_again, settle

__all__ = ["rebuild_tallies", "ring_again", "roll_up", "settle"]
