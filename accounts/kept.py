"""Which rows of this room belong to an event, for the log's journal."""

from __future__ import annotations

from audit.journal import Kept, by_event

# Who acted, and who was appointed: by their pseudonyms, which is all that an event tells of them.
_PEOPLE = (
    "CROSS JOIN LATERAL (SELECT convert_from(event.entry, 'UTF8')::jsonb AS value OFFSET 0) told "
    "CROSS JOIN LATERAL unnest(ARRAY[told.value #>> '{actor,pseudonym}', told.value #>> '{body,pseudonym}']) AS who "
    "JOIN accounts_user person ON person.pseudonym::text = who "
)

KEPT = (
    Kept("accounts_user", f"{_PEOPLE} JOIN accounts_user kept ON kept.id = person.id", key=("id",)),
    Kept("accounts_appointment", f"{_PEOPLE} JOIN accounts_appointment kept ON kept.user_id = person.id", key=("id",)),
    Kept(
        "accounts_enrolment",
        f"{_PEOPLE} JOIN accounts_enrolment kept ON kept.user_id = person.id",
        ("appointment.", "access."),
        key=("id",),
    ),
    by_event("accounts_reason", "appointment."),
)
