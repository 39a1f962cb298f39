"""How passwords are hashed: hard for who steals the table, bearable on the morning of an election."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class DawnArgon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: OWASP's password storage sheet's first choice for Argon2id.

    20,000 officers sign in within a quarter of an hour before the stations open: 22 a second. `make bench` measures
    what a sign-in costs; Django's usual Argon2 (100 MiB, eight lanes) and its PBKDF2 (a million rounds) cost a core
    several times as much, and a queue at dawn is the one thing that must not be.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
