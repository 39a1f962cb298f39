"""Publishing: bulletins by one person, the final result by two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.domain.roles import Role
from accounts.models import User
from accounts.selectors import actor
from audit.models import Checkpoint
from audit.selectors import latest_checkpoint
from audit.services import record_event
from results.models import Approval, Snapshot, SnapshotAllocation, SnapshotSeats, SnapshotTally
from results.publication.computing import Content, compute
from results.publication.conditions import unmet_conditions
from results.publication.selectors import pause_of, waits_for_approval
from stations.models import Choice, Election
from tallies.refusals import Refusal

# Advisory locks of publication: (this class, election id). Snapshots are numbered one after the other.
PUBLICATION_LOCK = 1_002


class NotPublishable(Refusal):
    """Something stands in the way. `fields` names each unmet condition."""

    code = "not_publishable"

    def __init__(self, unmet: dict[str, str]) -> None:
        super().__init__(_("This result cannot be published yet."), fields=unmet)


class NotYours(Refusal):
    """The person who proposed a final result cannot approve it."""

    code = "second_person_needed"

    def __init__(self) -> None:
        super().__init__(_("A final result is approved by a second person, not by the one who proposed it."))


class NothingProposed(Refusal):
    """This final result is not waiting for approval."""

    code = "nothing_proposed"

    def __init__(self) -> None:
        super().__init__(_("This result does not wait for an approval any more."))


def publish_bulletin(*, election: Election, by: User, now: datetime) -> Snapshot:
    """Publish a numbered bulletin as of the last signed checkpoint. Raises NotPublishable."""
    checkpoint, content = _compute(election, now)
    return _store(election, Snapshot.Kind.BULLETIN, checkpoint, content, by=by, now=now)


def propose_final(*, election: Election, by: User, now: datetime) -> Snapshot:
    """Propose the final result as of the last signed checkpoint; a second person approves it.

    Every contest must be certified, all of it in the signed log and cosigned as often as the election asks, and
    `verify` must agree. Raises NotPublishable.
    """
    unmet = unmet_conditions(election, now)
    if unmet:
        raise NotPublishable(unmet)
    checkpoint, content = _compute(election, now)
    return _store(election, Snapshot.Kind.FINAL, checkpoint, content, by=by, now=now)


def approve_final(*, snapshot: Snapshot, by: User, now: datetime) -> None:
    """Approve a proposed final result, which publishes it. Raises NotYours, NothingProposed or NotPublishable.

    What was proposed must still be what stands: a protocol that changed in between asks for a new proposal.
    """
    if snapshot.made_by_id == by.pk:
        raise NotYours
    unmet = unmet_conditions(snapshot.election, now, checkpoint=snapshot.checkpoint)
    if not unmet and _content_now(snapshot.election) != snapshot.content_sha256:
        unmet = {"changed": _("Protocols have changed since it was proposed. Propose it again.")}
    if unmet:
        raise NotPublishable(unmet)
    with transaction.atomic():
        _lock(snapshot.election)
        if not waits_for_approval(snapshot):
            raise NothingProposed
        Approval.objects.create(snapshot=snapshot, approved_by=by, approved_at=now)
        record_event(
            kind="final.approved",
            at=now,
            actor=actor(by, Role.CEC),
            election=snapshot.election.code,
            body={"number": snapshot.number, "content_sha256": snapshot.content_sha256},
        )


def _content_now(election: Election) -> str:
    return compute(election, _last_checkpoint().size).sha256(election)


def _last_checkpoint() -> Checkpoint:
    checkpoint = latest_checkpoint()
    if checkpoint is None:
        raise NotPublishable({"checkpoint": _("The log has no signed checkpoint yet.")})
    return checkpoint


def _compute(election: Election, now: datetime) -> tuple[Checkpoint, Content]:
    if now < election.figures_public_from:
        raise NotPublishable({"figures_public_from": _("The law does not allow figures to be published yet.")})
    if pause_of(election):
        raise NotPublishable({"paused": _("Publication is paused.")})
    checkpoint = _last_checkpoint()
    content = compute(election, checkpoint.size)
    if content.unequal:
        raise NotPublishable(
            {"tallies": _("%(count)d tallies differ from the protocols in force.") % {"count": len(content.unequal)}}
        )
    return checkpoint, content


def _lock(election: Election) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PUBLICATION_LOCK, election.pk])


def _store(
    election: Election, kind: Snapshot.Kind, checkpoint: Checkpoint, content: Content, *, by: User, now: datetime
) -> Snapshot:
    with transaction.atomic():
        _lock(election)
        if Snapshot.objects.filter(election=election, kind=kind, checkpoint__gt=checkpoint.size).exists():
            raise NotPublishable({"overtaken": _("Somebody published a later one at the same moment.")})
        snapshot = Snapshot.objects.create(
            election=election,
            kind=kind,
            number=Snapshot.objects.filter(election=election, kind=kind).count() + 1,
            checkpoint=checkpoint,
            content_sha256=content.sha256(election),
            made_by=by,
            created_at=now,
        )
        SnapshotTally.objects.bulk_create(_tally_rows(snapshot, content), batch_size=5000)
        SnapshotAllocation.objects.bulk_create(
            SnapshotAllocation(snapshot=snapshot, contest_id=contest_id, steps=allocation.as_data())
            for contest_id, allocation in content.allocations.items()
        )
        SnapshotSeats.objects.bulk_create(_seat_rows(snapshot, content))
        record_event(
            kind="bulletin.published" if kind is Snapshot.Kind.BULLETIN else "final.proposed",
            at=now,
            actor=actor(by, Role.CEC),
            election=election.code,
            body={
                "number": snapshot.number,
                "checkpoint": {"size": checkpoint.size, "root": bytes(checkpoint.root).hex()},
                "content_sha256": snapshot.content_sha256,
            },
        )
    return snapshot


def _tally_rows(snapshot: Snapshot, content: Content) -> Iterable[SnapshotTally]:
    for tally in content.tallies:
        expected, reported, held, annulled = tally.stations
        yield SnapshotTally(
            snapshot=snapshot,
            contest_id=tally.contest_id,
            area_id=tally.area_id,
            figures=tally.figures,
            stations_expected=expected,
            stations_reported=reported,
            stations_held=held,
            stations_annulled=annulled,
        )


def _seat_rows(snapshot: Snapshot, content: Content) -> Iterable[SnapshotSeats]:
    choices = {
        (contest_id, code): choice_id
        for choice_id, contest_id, code in Choice.objects.filter(contest__election=snapshot.election).values_list(
            "id", "contest_id", "code"
        )
    }
    for contest_id, allocation in content.allocations.items():
        for code, seats in allocation.seats.items():
            yield SnapshotSeats(
                snapshot=snapshot, contest_id=contest_id, choice_id=choices[contest_id, code], seats=seats
            )
