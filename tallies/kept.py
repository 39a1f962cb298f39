"""Which rows of this room belong to an event, for the log's journal."""

from __future__ import annotations

from audit.journal import Kept, by_event

_PLACE = (
    "JOIN stations_election election ON election.code = event.election "
    "JOIN stations_contest contest ON contest.election_id = election.id AND contest.code = event.contest "
    "JOIN stations_station station ON station.election_id = election.id AND station.code = event.station "
)
_OF_ENTRIES = ("entry.recorded", "protocol.accepted", "protocol.held")
_AT_THE_PLACE = "ON kept.contest_id = contest.id AND kept.station_id = station.id"

KEPT = (
    # What people keyed, under double entry and otherwise: figures stand in no event until they count.
    Kept("tallies_entry", f"{_PLACE} JOIN tallies_entry kept {_AT_THE_PLACE}", _OF_ENTRIES),
    Kept(
        "tallies_openentry",
        f"{_PLACE} JOIN tallies_openentry kept {_AT_THE_PLACE}",
        ("entry.recorded",),
        key=("contest_id", "station_id"),
    ),
    Kept(
        "tallies_protocolversion",
        "JOIN tallies_standingchange change ON change.event_id = event.id "
        "JOIN tallies_protocolversion kept ON kept.id = change.version_id",
        ("protocol.",),
    ),
    by_event("tallies_standingchange", "protocol."),
    by_event("tallies_repeatvoting", "protocol.repeat_ordered"),
    by_event("tallies_explanation"),
    by_event("tallies_complaint", "complaint."),
    by_event("tallies_complaintend", "complaint."),
    Kept(
        "tallies_complaintphotograph",
        "JOIN tallies_complaint complaint ON complaint.event_id = event.id "
        "JOIN tallies_complaintphotograph kept ON kept.complaint_id = complaint.id",
        ("complaint.registered",),
    ),
    Kept(
        "tallies_complaintphotographpage",
        "JOIN tallies_complaint complaint ON complaint.event_id = event.id "
        "JOIN tallies_complaintphotograph photograph ON photograph.complaint_id = complaint.id "
        "JOIN tallies_complaintphotographpage kept ON kept.photograph_id = photograph.id",
        ("complaint.registered",),
    ),
    by_event("tallies_photograph", "photograph."),
    Kept(
        "tallies_photographpage",
        "JOIN tallies_photograph photograph ON photograph.event_id = event.id "
        "JOIN tallies_photographpage kept ON kept.photograph_id = photograph.event_id",
        ("photograph.",),
    ),
    by_event("tallies_withdrawnphotograph", "photograph."),
    by_event("tallies_query", "query."),
    by_event("tallies_queryclosing", "query."),
    by_event("tallies_turnoutreport", "turnout."),
    by_event("tallies_endedclaim", "claim."),
    by_event("tallies_certified", "certificate."),
    by_event("tallies_certifiedend", "certificate."),
    Kept(
        "tallies_webhook",
        "JOIN tallies_webhook kept "
        "ON kept.id = (convert_from(event.entry, 'UTF8')::jsonb #>> '{body,webhook}')::bigint",
        ("webhook.",),
        key=("id",),
    ),
)

# A backup may be older than an order to erase: what it brings back goes again.
_ERASED = """
    UPDATE {table} words SET text = '', salt = ''
    FROM audit_event event
    CROSS JOIN LATERAL (SELECT convert_from(event.entry, 'UTF8')::jsonb -> 'body' AS body) told
    JOIN audit_logindex place ON place.index = (told.body ->> 'index')::bigint
    WHERE event.id = ANY(%(events)s) AND event.kind = 'text.erased'
      AND words.event_id = place.event_id AND words.subject = told.body ->> 'subject'
"""

# Where a protocol stands is where its last change left it; what stands leaves no entry open.
AFTERWARDS = (
    _ERASED.format(table="tallies_explanation"),
    _ERASED.format(table="accounts_reason"),
    """
    INSERT INTO tallies_standing (contest_id, station_id, area_id, state, version_id, changed_at)
    SELECT DISTINCT ON (change.contest_id, change.station_id)
           change.contest_id, change.station_id, change.area_id, change.state, change.version_id, event.occurred_at
    FROM tallies_standingchange change JOIN audit_event event ON event.id = change.event_id
    WHERE change.event_id = ANY(%(events)s)
    ORDER BY change.contest_id, change.station_id, change.event_id DESC
    ON CONFLICT (contest_id, station_id) DO UPDATE
        SET state = EXCLUDED.state, version_id = EXCLUDED.version_id, changed_at = EXCLUDED.changed_at
    """,
    """
    DELETE FROM tallies_openentry open USING tallies_standing standing
    WHERE standing.contest_id = open.contest_id AND standing.station_id = open.station_id
      AND standing.state IN ('in_force', 'held', 'annulled')
      AND EXISTS (SELECT FROM tallies_standingchange change WHERE change.event_id = ANY(%(events)s)
                  AND change.contest_id = open.contest_id AND change.station_id = open.station_id)
    """,
    """
    INSERT INTO tallies_pendingarea (contest_id, area_id, at)
    SELECT DISTINCT contest_id, area_id, clock_timestamp() FROM tallies_standingchange
    WHERE event_id = ANY(%(events)s)
    """,
)
