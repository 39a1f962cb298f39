"""Where a second factor is asked for, the demonstration's central commission has a published one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time

from accounts.models import User
from config.demo.cast import TOTP_SECRET, Cast, assemble
from tests import scene

pytestmark = pytest.mark.django_db


def cast_of(folder: Path) -> Cast:
    return assemble(scene.load(folder / "package"), senders=[], decided_on=[], keyed_twice={}, now=scene.NOW)


def test_nobody_has_one_where_none_is_asked_for(tmp_path: Path, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset()
    assert cast_of(tmp_path).totp_secret == ""
    assert not Authenticator.objects.exists()


def test_the_code_of_the_printed_secret_signs_both_in(tmp_path: Path, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"cec"})
    assert cast_of(tmp_path).totp_secret == TOTP_SECRET
    code = format_hotp_value(hotp_value(TOTP_SECRET, next(iter(yield_hotp_counters_from_time()))))
    for name in ("cec", "cec2"):
        kept = Authenticator.objects.get(user=User.objects.get(username=name), type=Authenticator.Type.TOTP)
        assert TOTP(kept).validate_code(code)
    assert Authenticator.objects.count() == 2
