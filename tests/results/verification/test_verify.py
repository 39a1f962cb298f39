"""What nobody tampered with verifies, and the verdict says how much that was."""

from __future__ import annotations

import pytest

from tests.results.verification.conftest import Night

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_night_of_accepting_holding_correcting_and_annulling_verifies(night: Night) -> None:
    verdict = night.verify()
    assert verdict.differences == []
    assert verdict.ok and verdict.unchecked == ()
    assert dict(verdict.counts) == {}
