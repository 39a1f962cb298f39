"""Witnesses outside cosign checkpoints: we send them to those who have an address, and take what others bring.

A witness cosigns only what extends all it cosigned before, so a log that its owner rewrote finds no witness again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import connection, transaction

from audit.domain.addresses import BadUrl, check_url
from audit.domain.checkpoints import CheckpointInvalid, TreeHead, parse_checkpoint
from audit.domain.cosignatures import Cosignature, cosignatures_in
from audit.domain.notes import NoteInvalid, parse_vkey, text_of, verify
from audit.domain.proofs import in_base64
from audit.log_folder import LogFolder
from audit.models import Checkpoint
from audit.models import Cosignature as StoredCosignature
from audit.outbound import Answer, NotSent, Reach, ask
from audit.selectors import checkpoint_of, consistency_proof, last_cosigned, latest_checkpoint
from audit.services.alarms import clear_alarms, raise_alarm
from audit.witnesses import Witness, registered_witnesses

log = structlog.get_logger()

# Clocks differ; a cosignature of tomorrow is not one.
LARGEST_LEAD = timedelta(minutes=10)
LONGEST_NOTE = 16_384
_AT_ONCE = 8
_PUSHING_LOCK = (0x4C4F47, 2)

AHEAD, CONTRADICTS, REFUSES = "witness_ahead", "witness_contradicts", "witness_refuses"
_OF_WITNESSES = frozenset({AHEAD, CONTRADICTS, REFUSES})


class CosignatureRefused(Exception):
    """What was brought is no cosignature of a registered witness on a checkpoint of this log. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WitnessDisagrees(Exception):
    """A witness has cosigned what this log does not contain. Nothing may be signed until somebody has looked."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was sent to a witness, and what came back."""

    witness: Witness
    old_size: int
    answer: Answer | None


def receive_cosignatures(*, note: str, now: datetime) -> list[StoredCosignature]:
    """Store what registered witnesses state on this note, a checkpoint of this log with their signatures beneath.

    Taking the same again changes nothing. Raises `CosignatureRefused`: `malformed`, `unknown_witness`,
    `unknown_checkpoint`, `bad_signature`, `bad_time`, `other_root`.
    """
    head = _head_of(note)
    try:
        found = cosignatures_in(note, [witness.key for witness in registered_witnesses()])
    except NoteInvalid as reason:
        raise CosignatureRefused("bad_signature") from reason
    if not found:
        raise CosignatureRefused("unknown_witness")
    checkpoint = checkpoint_of(head.size)
    if checkpoint is None:
        raise CosignatureRefused("unknown_checkpoint")
    if bytes(checkpoint.root) != head.root:
        _tell_of_a_split_view(note, found, now)
        raise CosignatureRefused("other_root")
    if any(not 0 < each.time <= (now + LARGEST_LEAD).timestamp() for each in found):
        raise CosignatureRefused("bad_time")
    return _store(checkpoint, found, now)


def push_to_witnesses(*, now: datetime, reach: Reach) -> int:
    """Send the last checkpoint to every witness that has not cosigned it; return how many cosigned.

    A witness that contradicts the log raises an alarm; one that cannot be reached is asked again by the next pass. Must
    not run inside a transaction. Another pass at work leaves nothing to do.
    """
    with _only_one() as alone:
        checkpoint = latest_checkpoint() if alone else None
        if checkpoint is None:
            return 0
        known = {vkey: each.checkpoint_id for vkey, each in last_cosigned().items()}
        waiting = [
            (witness, known.get(str(witness.key), 0))
            for witness in registered_witnesses()
            if witness.url and known.get(str(witness.key), -1) < checkpoint.size
        ]
        asked = _ask_all(checkpoint, waiting, reach)
        # One that has seen another checkpoint than we remember says which; it is asked once more from there.
        again = [(each.witness, size) for each in asked if (size := _size_it_knows(each, checkpoint)) is not None]
        asked = [each for each in asked if each.witness not in {witness for witness, _size in again}]
        asked += _ask_all(checkpoint, again, reach)
        return sum(_take(each, checkpoint, now) for each in asked)


def check_with_witnesses(*, note: str, head: TreeHead, reach: Reach) -> None:
    """Raise `WitnessDisagrees` when a witness that answers has cosigned more than `head`, or something else.

    For the publisher's first moment after a restore: `note` is the last checkpoint it knows. Nothing is stored.
    """
    witnesses = [witness for witness in registered_witnesses() if witness.url]
    body = _body(head.size, [], note)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda witness: _ask(witness, body, reach), witnesses))
    for witness, answer in zip(witnesses, answers, strict=True):
        if answer is not None and (code := _disagreement(_Asked(witness, head.size, answer), head.size)):
            raise WitnessDisagrees(code, _sentence(code, witness, answer, head.size))


def _head_of(note: str) -> TreeHead:
    vkey = LogFolder(settings.LOG_DIR).vkey()
    if len(note) > LONGEST_NOTE or vkey is None:
        raise CosignatureRefused("malformed")
    try:
        return parse_checkpoint(text_of(note), parse_vkey(vkey).name)
    except (NoteInvalid, CheckpointInvalid) as reason:
        raise CosignatureRefused("malformed") from reason


def _tell_of_a_split_view(note: str, found: Sequence[Cosignature], now: datetime) -> None:
    """Raise an alarm where the log's own key signed the other root: then somebody was shown another log."""
    vkey = LogFolder(settings.LOG_DIR).vkey() or ""
    try:
        verify(note, [parse_vkey(vkey)])
    except NoteInvalid:
        return
    for each in found:
        detail = f"{each.witness.name} holds a checkpoint that this log's key signed and this log does not contain"
        raise_alarm(code=CONTRADICTS, about=each.witness.name, detail=detail, now=now)
        log.error("another log is signed with this log's key", witness=each.witness.name, note=note)


def _store(checkpoint: Checkpoint, found: Sequence[Cosignature], now: datetime) -> list[StoredCosignature]:
    rows = [
        StoredCosignature(
            checkpoint=checkpoint,
            witness=each.witness.name,
            vkey=str(each.witness),
            time=each.time,
            signature=each.signature,
            received_at=now,
        )
        for each in found
    ]
    with transaction.atomic():
        StoredCosignature.objects.bulk_create(rows, ignore_conflicts=True)
    return rows


@contextmanager
def _only_one() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", _PUSHING_LOCK)
        taken = bool(cursor.fetchone()[0])
        try:
            yield taken
        finally:
            if taken:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _PUSHING_LOCK)


def _ask_all(checkpoint: Checkpoint, waiting: Sequence[tuple[Witness, int]], reach: Reach) -> list[_Asked]:
    folder = LogFolder(settings.LOG_DIR)
    bodies = {
        old_size: _body(
            old_size, consistency_proof(old_size=old_size, size=checkpoint.size, log_folder=folder), checkpoint.note
        )
        for _witness, old_size in waiting
    }
    if not waiting:
        return []
    # The threads only wait for the network; the database is this thread's.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = pool.map(lambda each: _ask(each[0], bodies[each[1]], reach), waiting)
        return [_Asked(witness, old_size, answer) for (witness, old_size), answer in zip(waiting, answers, strict=True)]


def _body(old_size: int, path: Sequence[bytes], note: str) -> bytes:
    return "".join([f"old {old_size}\n", *(f"{in_base64(each)}\n" for each in path), "\n", note]).encode()


def _ask(witness: Witness, body: bytes, reach: Reach) -> Answer | None:
    url = f"{witness.url}/add-checkpoint"
    try:
        check_url(url, allow_http=settings.LOG_WITNESSES_OVER_HTTP)
        return ask(url, body=body, headers={"Content-Type": "text/plain; charset=utf-8"}, reach=reach)
    except (BadUrl, NotSent) as reason:
        log.warning("a witness could not be asked", witness=witness.key.name, problem=reason.problem)
        return None


def _size_it_knows(asked: _Asked, checkpoint: Checkpoint) -> int | None:
    """The size that a witness says it cosigned last, where it is another than we thought and we have it."""
    if asked.answer is None or asked.answer.status != HTTPStatus.CONFLICT:
        return None
    size = _number(asked.answer.body)
    return size if size is not None and size != asked.old_size and size <= checkpoint.size else None


def _number(body: bytes) -> int | None:
    text = body.decode("ascii", "replace").strip()
    return int(text) if text.isdigit() and len(text) < 17 else None  # noqa: PLR2004 (digits of 2^53)


def _take(asked: _Asked, checkpoint: Checkpoint, now: datetime) -> int:
    """Store what the witness answered, or say what is wrong with it; return 1 when it cosigned."""
    name = asked.witness.key.name
    if asked.answer is None:
        return 0
    if asked.answer.status == HTTPStatus.OK:
        try:
            found = cosignatures_in(checkpoint.note + asked.answer.body.decode(), [asked.witness.key])
        except (NoteInvalid, UnicodeDecodeError):
            found = []
        if found:
            _store(checkpoint, found, now)
            clear_alarms(codes=_OF_WITNESSES, about=name)
            return 1
    code = _disagreement(asked, checkpoint.size) or REFUSES
    raise_alarm(code=code, about=name, detail=_sentence(code, asked.witness, asked.answer, checkpoint.size), now=now)
    log.error("a witness does not cosign", witness=name, code=code, status=asked.answer.status)
    return 0


def _disagreement(asked: _Asked, size: int) -> str | None:
    if asked.answer is None:
        return None
    if asked.answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return CONTRADICTS
    if asked.answer.status == HTTPStatus.CONFLICT:
        known = _number(asked.answer.body)
        if known is not None and known > size:
            return AHEAD
        if known is None or known == size == asked.old_size:
            return CONTRADICTS
    return None


def _sentence(code: str, witness: Witness, answer: Answer, size: int) -> str:
    if code == AHEAD:
        return f"{witness.key.name} has cosigned {_number(answer.body)} entries; this log knows of {size} only"
    if code == CONTRADICTS:
        return f"{witness.key.name} has cosigned a log that the {size} entries here do not extend"
    return f"{witness.key.name} answered {answer.status}"
