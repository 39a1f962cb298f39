"""`manage.py verify`: zero and plain sentences, or not zero and the first differences."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from tests.results.verification.conftest import Night

pytestmark = pytest.mark.django_db(transaction=True)


def run(night: Night, **options: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    with translation.override("en"):
        call_command("verify", log_dir=night.log_dir, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_it_says_in_sentences_what_was_verified(night: Night) -> None:
    out, err = run(night)
    assert "14 protocols with 17 versions" in out
    assert "14 tallies equal the plain sums" in out
    assert "1 published results with 14 sums and 11 seats" in out
    assert err == ""


def test_it_fails_with_the_first_differences_and_their_number(night: Night) -> None:
    night.tamper("UPDATE aggregation_tally SET stations_held = 9")
    err = StringIO()
    with translation.override("en"), pytest.raises(CommandError, match="14 differences found"):
        call_command("verify", log_dir=night.log_dir, first=3, stderr=err)
    assert len(err.getvalue().splitlines()) == 3
    assert "stations_held: expected" in err.getvalue()


def test_what_is_no_key_is_refused(night: Night) -> None:
    with translation.override("en"), pytest.raises(CommandError, match="not a log's public key"):
        run(night, vkey="nonsense")
