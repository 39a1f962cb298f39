from __future__ import annotations

from hashlib import sha256

import pytest

from audit.domain.commitments import commit_figures, commit_text, new_salt


def test_figures_open_their_commitment() -> None:
    salt = bytes(range(32))
    expected = sha256(salt + b'{"ballots_received":1212,"votes:amanat":640}').hexdigest()
    assert commit_figures(salt, {"votes:amanat": 640, "ballots_received": 1212}) == expected


def test_a_text_opens_its_commitment() -> None:
    salt = bytes(range(32))
    assert commit_text(salt, "қайта санау") == sha256(salt + "қайта санау".encode()).hexdigest()


def test_the_same_figures_do_not_show_through_two_commitments() -> None:
    assert commit_figures(new_salt(), {"a": 1}) != commit_figures(new_salt(), {"a": 1})


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit_figures(b"short", {"a": 1})
