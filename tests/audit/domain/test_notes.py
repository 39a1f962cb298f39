from __future__ import annotations

import metamorphic_log
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.domain.checkpoints import (
    EMPTY,
    CheckpointInvalid,
    TreeHead,
    checkpoint_text,
    parse_checkpoint,
)
from audit.domain.merkle import leaf_hash
from audit.domain.notes import NoteInvalid, SigningKey, VerifierKey, parse_vkey, sign, text_of, verify

ORIGIN = "hattama.test/log"
KEY = SigningKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = SigningKey("witness.test/w", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
HEAD = TreeHead(70_000, leaf_hash(b"root"))
TEXT = checkpoint_text(ORIGIN, HEAD)
NOTE = sign(TEXT, KEY)

# The example of the signed-note specification's reference implementation.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_somebody_else_signed_is_verified() -> None:
    assert verify(PETERS_NOTE, [parse_vkey(PETER)]).startswith("If you think")


def test_our_checkpoint_convinces_an_independent_verifier() -> None:
    assert metamorphic_log.verify_signed_note(NOTE, [str(KEY.verifier)]) == 1
    head = metamorphic_log.checkpoint_verify(NOTE, [str(KEY.verifier)])
    assert (head.origin, head.size, head.root) == (ORIGIN, HEAD.size, HEAD.root)


def test_a_checkpoint_is_read_back() -> None:
    assert parse_checkpoint(verify(NOTE, [KEY.verifier]), ORIGIN) == HEAD
    assert parse_checkpoint(checkpoint_text(ORIGIN, EMPTY), ORIGIN) == EMPTY
    assert text_of(NOTE) == TEXT


def test_signatures_of_unknown_keys_are_ignored() -> None:
    cosigned = NOTE + sign(TEXT, OTHER).removeprefix(TEXT + "\n")
    assert verify(cosigned, [KEY.verifier]) == TEXT
    assert verify(cosigned, [KEY.verifier, OTHER.verifier]) == TEXT


def test_a_known_key_whose_signature_fails_spoils_the_note() -> None:
    forged = NOTE + sign("other text\n", OTHER).removeprefix("other text\n\n")
    with pytest.raises(NoteInvalid, match="does not fit"):
        verify(forged, [KEY.verifier, OTHER.verifier])


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("70000", "70001"),
        NOTE.removesuffix("\n"),
        NOTE.replace("— ", "- "),
        TEXT,
        TEXT + "\n",
        NOTE + "\n",
        NOTE + "not a signature\n",
        "",
    ],
)
def test_a_note_with_anything_changed_is_refused(note: str) -> None:
    with pytest.raises(NoteInvalid):
        verify(note, [KEY.verifier])


def test_a_note_nobody_known_has_signed_is_refused() -> None:
    with pytest.raises(NoteInvalid, match="no known key"):
        verify(NOTE, [OTHER.verifier])


def test_a_vkey_is_read_back() -> None:
    assert parse_vkey(str(KEY.verifier)) == KEY.verifier
    assert str(parse_vkey(PETER)) == PETER


@pytest.mark.parametrize(
    "vkey", ["", "a", "a+00000000+", PETER.replace("c74f20a3", "c74f20a4"), PETER + "AA", "+" + PETER]
)
def test_what_is_no_vkey_is_refused(vkey: str) -> None:
    with pytest.raises(NoteInvalid):
        parse_vkey(vkey)


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_would_confuse_readers_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        VerifierKey(name, bytes(32))


@pytest.mark.parametrize("text", ["no newline at the end", "a\ttab\n", "a\rreturn\n"])
def test_a_text_that_readers_could_take_differently_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="newline"):
        sign(text, KEY)


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "extension\n",
        TEXT.replace("70000", "070000"),
        TEXT.replace("70000", "-1"),
        TEXT.replace(ORIGIN, "another.test/log"),
        f"{ORIGIN}\n1\nAAAA\n",
        f"{ORIGIN}\n1\nAAAAA\n",
        "",
    ],
)
def test_what_is_no_checkpoint_of_this_log_is_refused(text: str) -> None:
    with pytest.raises(CheckpointInvalid):
        parse_checkpoint(text, ORIGIN)
