"""Which rows of this room belong to an event, for the log's journal. The registry itself comes from its package."""

from __future__ import annotations

from audit.journal import by_event

KEPT = (by_event("stations_checkset", "checks."), by_event("stations_checksetdecision", "checks."))

# What processes keep of an election is kept by its revision, which every decision about checks moves on.
AFTERWARDS = (
    """
    UPDATE stations_election election SET revision = election.revision + decided.times
    FROM (SELECT election, count(*) AS times FROM audit_event
          WHERE id = ANY(%(events)s) AND kind IN ('checks.adopted', 'checks.withdrawn') GROUP BY election) decided
    WHERE decided.election = election.code
    """,
)
