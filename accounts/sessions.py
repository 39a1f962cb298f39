"""Sessions in the database, written once at sign-in instead of twice. Named as SESSION_ENGINE."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.utils.crypto import get_random_string

KEY_LENGTH = 32


class SessionStore(db.SessionStore):
    """Django's own, without the statements that a first sign-in does not need."""

    def cycle_key(self) -> None:
        """Give the session another key. One that nobody has been given yet draws it when it is saved."""
        if self.session_key is None:
            self.modified = True
        else:
            super().cycle_key()

    def _get_new_session_key(self) -> str:
        """A key of 165 random bits. The insert refuses one that is there already: nobody need ask before."""
        return get_random_string(KEY_LENGTH, VALID_KEY_CHARS)
