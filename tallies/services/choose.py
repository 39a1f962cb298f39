"""A commission decides between two entries that stay different, with the paper before it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.selectors import actor
from stations.selectors import contest_form
from tallies.domain.checks import find
from tallies.domain.lifecycle import Action, Differs, State
from tallies.models import OpenEntry, ProtocolVersion
from tallies.selectors import OwedProtocol, state_of
from tallies.services.locking import NothingToDecide, VersionChanged, given_reason
from tallies.services.recording import (
    NewVersion,
    Text,
    bring_into_standing,
    findings_in_log,
    insert_version,
    opened_figures,
    record_change,
)
from tallies.services.submit import AlreadyStands, Submitted


def choose_entry(*, owed: OwedProtocol, entry_id: int, reason: str, by: User, role: str, now: datetime) -> Submitted:
    """Put one of two differing entries in force, because the commission has compared both with the paper.

    `entry_id` is the entry chosen, as the person saw it. It is counted even where it breaks a check: the commission
    that decides has seen the paper. Raises ReasonMissing, NothingToDecide when no two entries differ, VersionChanged
    when the entry was keyed anew meanwhile, or AlreadyStands; then nothing has changed.
    """
    text = Text("choice", given_reason(reason))
    form = contest_form(owed.contest_id, revision=owed.revision, at=now)
    with transaction.atomic():
        entries = (
            OpenEntry.objects.select_for_update(of=("self",))
            .select_related("first_entry", "second_entry")
            .filter(contest=owed.contest_id, station=owed.station_id)
            .first()
        )
        if entries is None or entries.first_entry is None or entries.second_entry is None:
            raise NothingToDecide(state_of(owed))
        chosen = next((entry for entry in (entries.first_entry, entries.second_entry) if entry.pk == entry_id), None)
        if chosen is None:
            raise VersionChanged
        findings = find(form.checks, chosen.figures)
        new = NewVersion(
            owed,
            ProtocolVersion.Origin.CHOSEN,
            chosen.figures,
            findings,
            form.check_set,
            first_entry_id=entries.first_entry_id,
            second_entry_id=entries.second_entry_id,
        )
        inserted = insert_version(new, now=now)
        after = Differs().choose()
        if inserted is None or bring_into_standing(owed, Action.CHOOSE, version_id=inserted[0], now=now) is None:
            raise AlreadyStands(state_of(owed))
        version_id, number = inserted
        record_change(
            owed,
            after.state,
            kind="protocol.accepted",
            version_id=version_id,
            body={
                "version": number,
                "origin": new.origin.value,
                **findings_in_log(findings, form.check_set),
                **opened_figures(chosen.figures, new.salt, form.layout),
            },
            texts=[text],
            actor=actor(by, role),
            now=now,
        )
    return Submitted(State.IN_FORCE, [finding.as_data() for finding in findings], version_id, number)
