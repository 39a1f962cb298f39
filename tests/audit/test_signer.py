from __future__ import annotations

import stat
from pathlib import Path

import metamorphic_log
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from audit.domain.checkpoints import EMPTY, TreeHead
from audit.domain.merkle import consistency_path, leaf_hash, root_of_hashes, subtrees_of_hashes
from audit.signer import KeyOfAnotherLog, NoKey, NotAnExtension, OtherRoot, Signer, SmallerTree, create_key
from tests.audit.conftest import ORIGIN

LEAVES = [leaf_hash(bytes([number])) for number in range(10)]


def head(size: int) -> TreeHead:
    return TreeHead(size, root_of_hashes(LEAVES[:size]))


def proof(old_size: int, size: int) -> list[bytes]:
    return consistency_path(old_size, size, subtrees_of_hashes(LEAVES[:size]))


def test_a_new_signer_signs_any_tree_and_remembers_it(signer: Signer, key_file: Path) -> None:
    assert signer.last_signed() == EMPTY
    note = signer.sign(head(5), [])
    assert metamorphic_log.checkpoint_verify(note, [str(signer.verifier_key)]).size == 5
    assert Signer(key_file, ORIGIN).last_signed() == head(5)


def test_it_signs_what_extends_the_last(signer: Signer) -> None:
    signer.sign(head(5), [])
    signer.sign(head(9), proof(5, 9))
    assert signer.last_signed() == head(9)


def test_signing_the_same_head_again_gives_the_same_note(signer: Signer) -> None:
    assert signer.sign(head(5), []) == signer.sign(head(5), [])


def test_it_refuses_a_smaller_tree(signer: Signer) -> None:
    signer.sign(head(5), [])
    with pytest.raises(SmallerTree):
        signer.sign(head(4), [])
    assert signer.last_signed() == head(5)


def test_it_refuses_another_root_for_the_same_size(signer: Signer) -> None:
    signer.sign(head(5), [])
    with pytest.raises(OtherRoot):
        signer.sign(TreeHead(5, bytes(32)), [])


@pytest.mark.parametrize("path", [[], proof(4, 9), [bytes(32)] * len(proof(5, 9))])
def test_it_refuses_a_larger_tree_without_proof_that_it_extends(signer: Signer, path: list[bytes]) -> None:
    signer.sign(head(5), [])
    with pytest.raises(NotAnExtension):
        signer.sign(head(9), path)
    assert signer.last_signed() == head(5)


def test_a_new_key_is_for_its_owner_only(key_file: Path) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700


def test_a_key_is_never_replaced(key_file: Path) -> None:
    before = key_file.read_bytes()
    create_key(key_file)
    assert key_file.read_bytes() == before


def test_without_a_key_there_is_no_signer(tmp_path: Path) -> None:
    with pytest.raises(NoKey):
        Signer(tmp_path / "key", ORIGIN)


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(NoKey):
        Signer(tmp_path / "key", ORIGIN)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(pem(X25519PrivateKey.generate()))
    with pytest.raises(NoKey, match="Ed25519"):
        Signer(tmp_path / "key", ORIGIN)


def test_a_key_made_elsewhere_serves(tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    (tmp_path / "key").write_bytes(pem(private))
    assert Signer(tmp_path / "key", ORIGIN).verifier_key.public_key == private.public_key().public_bytes_raw()


def pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(("training", "origin"), [(True, ORIGIN), (False, f"{ORIGIN}/training")])
def test_a_key_of_practice_and_a_real_one_do_not_sign_each_others_log(
    tmp_path: Path, training: bool, origin: str
) -> None:
    create_key(tmp_path / "key", training=training)
    with pytest.raises(KeyOfAnotherLog):
        Signer(tmp_path / "key", origin)


def test_a_key_of_practice_signs_a_log_of_practice(tmp_path: Path) -> None:
    create_key(tmp_path / "key", training=True)
    signer = Signer(tmp_path / "key", f"{ORIGIN}/training")
    assert metamorphic_log.checkpoint_verify(signer.sign(head(5), []), [str(signer.verifier_key)]).size == 5
