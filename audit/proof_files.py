"""Proofs from the published log, made and checked before they are handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from audit.domain.merkle import ProofInvalid, leaf_hash, verify_consistency, verify_inclusion
from audit.domain.proofs import tlog_proof
from audit.domain.tiles import NotATile
from audit.log_folder import LogFolder
from audit.models import Checkpoint
from audit.selectors import (
    best_checkpoint,
    checkpoint_of,
    consistency_proof,
    cosigned_note,
    entries_at,
    inclusion_prover,
)

LARGEST_SIZE = 2**53 - 1


class NoProof(LookupError):
    """The log has no such entry or checkpoint, or no checkpoint covers the entry yet."""


class LogDisagrees(Exception):
    """Entry, tiles and checkpoint do not belong together: somebody must look before a proof is handed out."""


@dataclass(frozen=True, slots=True)
class Extension:
    """That the newer of two checkpoints contains the older: both, and the consistency path between them."""

    older: Checkpoint
    newer: Checkpoint
    path: tuple[bytes, ...]


def proof_file(*, index: int, size: int | None = None, using: str = "default") -> str:
    """Return the `.tlog-proof` of the entry at this index, under the checkpoint of this size.

    Without a size the last checkpoint that witnesses cosigned is taken, or the last one signed where none was. Raises
    `NoProof`, `LogDisagrees`.
    """
    if index > LARGEST_SIZE or (size or 0) > LARGEST_SIZE:
        raise NoProof
    checkpoint = best_checkpoint(index, using) if size is None else checkpoint_of(size, using)
    if checkpoint is None:
        raise NoProof
    return proof_files(indexes=[index], checkpoint=checkpoint, using=using)[index]


def proof_files(*, indexes: Sequence[int], checkpoint: Checkpoint, using: str = "default") -> dict[int, str]:
    """Return the `.tlog-proof` of each of these entries under one checkpoint, by index. Raises as `proof_file` does."""
    entries = entries_at(indexes, using)
    if any(index not in entries or index >= checkpoint.size for index in indexes):
        raise NoProof
    note = cosigned_note(checkpoint, using)
    root = bytes(checkpoint.root)
    files = {}
    try:
        prove = inclusion_prover(size=checkpoint.size, log_folder=_folder(), using=using)
        for index, entry in entries.items():
            proof = prove(index)
            verify_inclusion(index=index, size=proof.size, leaf=leaf_hash(entry), path=proof.path, root=root)
            files[index] = tlog_proof(index=index, entry=entry, path=proof.path, checkpoint=note)
    except (ProofInvalid, NotATile, ValueError) as reason:
        raise LogDisagrees(str(reason)) from reason
    return files


def extension(*, old_size: int, size: int, using: str = "default") -> Extension:
    """Return the proof that the checkpoint of `size` contains that of `old_size`. Raises `NoProof`, `LogDisagrees`."""
    if max(old_size, size) > LARGEST_SIZE or old_size > size:
        raise NoProof
    older, newer = checkpoint_of(old_size, using), checkpoint_of(size, using)
    if older is None or newer is None:
        raise NoProof
    try:
        path = consistency_proof(old_size=old_size, size=size, log_folder=_folder(), using=using)
        verify_consistency(old_size=old_size, old_root=bytes(older.root), size=size, root=bytes(newer.root), path=path)
    except (ProofInvalid, NotATile, ValueError) as reason:
        raise LogDisagrees(str(reason)) from reason
    return Extension(older, newer, tuple(path))


def _folder() -> LogFolder:
    return LogFolder(settings.LOG_DIR)
