from __future__ import annotations

import metamorphic_log
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.domain.merkle import (
    EMPTY_ROOT,
    ProofInvalid,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of_hashes,
    subtrees_of_hashes,
    verify_consistency,
    verify_inclusion,
)
from tests.audit.rfc6962 import tree_hash

# The test vectors of the certificate transparency reference implementation.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(str(number).encode()) for number in range(600)]


def root(size: int) -> bytes:
    return root_of_hashes(LEAVES[:size])


def flipped(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of_hashes([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert root_of_hashes([leaf_hash(entry) for entry in ENTRIES[:size]]).hex() == ROOTS[size - 1]


def test_a_published_inclusion_proof_is_made() -> None:
    path = inclusion_path(0, 8, subtrees_of_hashes([leaf_hash(entry) for entry in ENTRIES]))
    assert [step.hex() for step in path] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_roots_are_those_of_the_rfc(entries: list[bytes]) -> None:
    assert root_of_hashes([leaf_hash(entry) for entry in entries]) == tree_hash(entries)


@given(st.data())
def test_an_inclusion_proof_convinces_us_and_an_independent_verifier(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, subtrees_of_hashes(LEAVES[:size]))
    verify_inclusion(index=index, size=size, leaf=LEAVES[index], path=path, root=root(size))
    metamorphic_log.verify_inclusion(index, size, LEAVES[index], path, root(size))


@given(st.data())
def test_a_consistency_proof_convinces_us_and_an_independent_verifier(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    old_size = data.draw(st.integers(1, size))
    path = consistency_path(old_size, size, subtrees_of_hashes(LEAVES[:size]))
    verify_consistency(old_size=old_size, old_root=root(old_size), size=size, root=root(size), path=path)
    metamorphic_log.verify_consistency(old_size, size, path, root(old_size), root(size))


@settings(deadline=None)
@given(st.data())
def test_an_inclusion_proof_with_anything_changed_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 600))
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, subtrees_of_hashes(LEAVES[:size]))
    bent = data.draw(st.integers(0, len(path) - 1))
    for wrong in ([*path[:bent], flipped(path[bent]), *path[bent + 1 :]], path[:-1], [*path, path[-1]]):
        with pytest.raises(ProofInvalid):
            verify_inclusion(index=index, size=size, leaf=LEAVES[index], path=wrong, root=root(size))
    with pytest.raises(ProofInvalid):
        verify_inclusion(index=index, size=size, leaf=flipped(LEAVES[index]), path=path, root=root(size))
    with pytest.raises(ProofInvalid):
        verify_inclusion(index=size, size=size, leaf=LEAVES[index], path=path, root=root(size))


@given(st.data())
def test_a_consistency_proof_with_anything_changed_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 600))
    old_size = data.draw(st.integers(1, size - 1))
    path = consistency_path(old_size, size, subtrees_of_hashes(LEAVES[:size]))
    bent = data.draw(st.integers(0, len(path) - 1))
    truth = {"old_size": old_size, "old_root": root(old_size), "size": size, "root": root(size), "path": path}
    for lie in (
        {"path": [*path[:bent], flipped(path[bent]), *path[bent + 1 :]]},
        {"path": path[:-1]},
        {"path": [*path, path[-1]]},
        {"old_root": flipped(root(old_size))},
        {"root": flipped(root(size))},
        {"old_size": size + 1},
    ):
        with pytest.raises(ProofInvalid):
            verify_consistency(**(truth | lie))  # type: ignore[arg-type]


def test_every_tree_extends_the_empty_one_and_itself_without_proof() -> None:
    verify_consistency(old_size=0, old_root=EMPTY_ROOT, size=5, root=root(5), path=[])
    verify_consistency(old_size=5, old_root=root(5), size=5, root=root(5), path=[])
    with pytest.raises(ProofInvalid):
        verify_consistency(old_size=5, old_root=root(4), size=5, root=root(5), path=[])
    with pytest.raises(ProofInvalid):
        verify_consistency(old_size=0, old_root=root(1), size=5, root=root(5), path=[])


def test_proofs_beyond_the_tree_are_not_made() -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_path(5, 5, subtrees_of_hashes(LEAVES[:5]))
    with pytest.raises(ValueError, match="does not extend"):
        consistency_path(6, 5, subtrees_of_hashes(LEAVES[:5]))
