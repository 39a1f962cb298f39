"""Checkpoints signed by the log's signer are accepted; anything else that looks like one is not."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.domain.checkpoints import TreeHead, checkpoint_text
from audit.domain.notes import SigningKey, sign
from verifier.hattama_verify import BadKey, LogKey, read_checkpoint, says

ORIGIN = "hattama.test/log"
ROOT = sha256(b"root").digest()


@pytest.fixture
def signing_key() -> SigningKey:
    return SigningKey(ORIGIN, Ed25519PrivateKey.generate())


def note_of(key: SigningKey, size: int = 7) -> str:
    return sign(checkpoint_text(key.name, TreeHead(size, ROOT)), key)


def test_a_checkpoint_the_log_signed_is_accepted(signing_key: SigningKey) -> None:
    key = LogKey.of(f"{signing_key.verifier}\n")
    assert says(note_of(signing_key), key, 7, ROOT)
    assert read_checkpoint(note_of(signing_key))[:2] == (ORIGIN, 7)


def test_a_witness_may_sign_beneath_it(signing_key: SigningKey) -> None:
    witness = SigningKey("witness.test", Ed25519PrivateKey.generate())
    cosigned = note_of(signing_key) + note_of(witness).split("\n\n")[1]
    assert says(cosigned, LogKey.of(str(signing_key.verifier)), 7, ROOT)


def test_another_size_root_key_or_text_is_refused(signing_key: SigningKey) -> None:
    key, note = LogKey.of(str(signing_key.verifier)), note_of(signing_key)
    stranger = SigningKey(ORIGIN, Ed25519PrivateKey.generate())
    assert not says(note, key, 8, ROOT)
    assert not says(note, key, 7, sha256(b"another").digest())
    assert not says(note_of(stranger), key, 7, ROOT)
    assert not says(note.replace("\n7\n", "\n8\n"), key, 8, ROOT)
    assert not says(note.rstrip("\n"), key, 7, ROOT)
    assert not says(note + "— x not/base64!\n", key, 7, ROOT)
    assert not says(note.split("\n\n")[0] + "\n\n", key, 7, ROOT)


@pytest.mark.parametrize("text", ["", "name", "name+00000000+AAAA", "+00000000+", "name+zz+????"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        LogKey.of(text)


def test_a_key_whose_id_is_not_its_own_is_refused(signing_key: SigningKey) -> None:
    name, id_, material = str(signing_key.verifier).split("+", 2)
    with pytest.raises(BadKey):
        LogKey.of(f"{name}+{'00000000' if id_ != '00000000' else '00000001'}+{material}")


@pytest.mark.parametrize("note", ["", "a\n1\n", "a\nx\nb\n\nc\n", "a\n1\nb\nmore\n\nc\n"])
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(ValueError, match="not a checkpoint"):
        read_checkpoint(note)
