"""Which rows of this room belong to an event, for the log's journal."""

from __future__ import annotations

from audit.journal import Kept, by_event

_SNAPSHOT = (
    "JOIN stations_election election ON election.code = event.election "
    "JOIN results_snapshot snapshot ON snapshot.election_id = election.id "
    "AND snapshot.number = (convert_from(event.entry, 'UTF8')::jsonb #>> '{body,number}')::int "
    "AND snapshot.kind = CASE event.kind WHEN 'bulletin.published' THEN 'bulletin' ELSE 'final' END "
)
_PUBLISHED = ("bulletin.published", "final.proposed", "final.approved")

KEPT = (
    by_event("results_publicationpause", "publication."),
    by_event("results_publicationresumption", "publication."),
    by_event("results_bulletinschedule", "bulletins."),
    by_event("results_mandateact", "mandates."),
    by_event("results_mandatedecision", "mandates."),
    by_event("results_certificate", "certificate."),
    by_event("results_opinion", "certificate."),
    Kept(
        "results_certificatesignature",
        "JOIN tallies_certified certified ON certified.event_id = event.id "
        "JOIN results_certificatesignature kept ON kept.certified_id = certified.id",
        ("certificate.",),
    ),
    Kept("results_snapshot", f"{_SNAPSHOT} JOIN results_snapshot kept ON kept.id = snapshot.id", _PUBLISHED),
    *(
        Kept(table, f"{_SNAPSHOT} JOIN {table} kept ON kept.snapshot_id = snapshot.id", _PUBLISHED)
        for table in ("results_snapshottally", "results_snapshotallocation", "results_snapshotseats")
    ),
    Kept(
        "results_approval",
        f"{_SNAPSHOT} JOIN results_approval kept ON kept.snapshot_id = snapshot.id",
        ("final.approved",),
    ),
)
