"""The one door to the environment: every variable the system knows, and what production refuses.

`.env.example` says in a sentence what each is for. A secret may also come in a file: `SECRET_KEY_FILE=/run/secrets/…`
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from audit.domain.checkpoints import TRAINING, is_training


@dataclass(frozen=True)
class Variable:
    """What a variable is without being set, and whether it may come as `<NAME>_FILE`."""

    default: str = ""
    secret: bool = False


VARIABLES: dict[str, Variable] = {
    "HATTAMA_DATA": Variable(),
    "HATTAMA_PRODUCTION": Variable("0"),
    "HATTAMA_TRAINING": Variable("0"),
    "HATTAMA_TRAINING_PASSWORD": Variable(secret=True),
    "HATTAMA_PROCESS": Variable("command"),
    "HATTAMA_DEMO_PASSWORD": Variable(secret=True),
    "SECRET_KEY": Variable(secret=True),
    "ALLOWED_HOSTS": Variable("127.0.0.1,localhost,[::1]"),
    "CSRF_TRUSTED_ORIGINS": Variable(),
    "BEHIND_TLS_PROXY": Variable("0"),
    "DATABASE_URL": Variable(secret=True),
    "DATABASE_OWNER_URL": Variable(secret=True),
    "DATABASE_READER_URL": Variable(secret=True),
    "DATABASE_SUPERUSER_URL": Variable(secret=True),
    "BROKER_URL": Variable(secret=True),
    "LOG_KEY_FILE": Variable(),
    "LOG_ORIGIN": Variable("hattama.local/log"),
    "LOG_DIR": Variable(),
    "LOG_JOURNAL_DIR": Variable(),
    "LOG_WITNESSES": Variable(),
    "LOG_WITNESS_ALLOWED_NETWORKS": Variable(),
    "LOG_WITNESS_CA_FILE": Variable(),
    "LOG_LEVEL": Variable("INFO"),
    "INTERNAL_ADDRESSES": Variable("127.0.0.0/8,::1/128"),
    "METRICS_TOKEN": Variable(secret=True),
    "SESSION_HOURS": Variable("12"),
    "SECOND_FACTOR_ROLES": Variable(),
    "LATE_AFTER_MINUTES": Variable("180"),
    "SITE_URL": Variable("http://127.0.0.1:8000"),
    "WEBHOOK_ALLOWED_NETWORKS": Variable(),
    "WEBHOOK_CA_FILE": Variable(),
    "ISSUER": Variable("Central Election Commission|CEC"),
    "DATA_LICENCE": Variable(
        "CC-BY-4.0|Creative Commons Attribution 4.0 International|https://creativecommons.org/licenses/by/4.0/"
    ),
    "DOWNLOADS_DIR": Variable(),
    "PREPARE_DOWNLOADS": Variable("0"),
    "BUNDLE_DIR": Variable(),
    "BUNDLE_KEY_FILE": Variable(),
    "UPLOADS_DIR": Variable(),
    "PHOTOGRAPH_MAX_MB": Variable("20"),
    "EVIDENCE_S3_BUCKET": Variable(),
    "EVIDENCE_S3_ENDPOINT": Variable(),
    "EVIDENCE_S3_REGION": Variable(),
    "EVIDENCE_S3_ACCESS_KEY": Variable(secret=True),
    "EVIDENCE_S3_SECRET_KEY": Variable(secret=True),
    "ADMIN_PASSWORD": Variable(secret=True),
}

SHORTEST_SECRET_KEY = 50
SHORTEST_PASSWORD = 16
SHORTEST_TOKEN = 32
FEWEST_DIFFERENT_CHARACTERS = 8
SPEAKING_WORDS = (
    "secret",
    "insecure",
    "change",
    "default",
    "example",
    "password",
    "development",
    "hattama",
    "postgres",
)
ROLES = {
    "DATABASE_URL": "hattama_app",
    "DATABASE_OWNER_URL": "hattama_owner",
    "DATABASE_READER_URL": "hattama_reader",
}
# Who migrates and makes roles; no other process may hold the owner's or the superuser's password.
PROCESSES_OF_THE_OWNER = ("init", "command")


class UnreadableSecret(Exception):
    """The file a `<NAME>_FILE` variable points to cannot be read."""


def text(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The variable's value, from its file for a secret given so, or its default. An empty value counts as absent."""
    variable = VARIABLES[name]
    given = environ.get(name, "")
    file = environ.get(f"{name}_FILE", "") if variable.secret else ""
    if not given and file:
        try:
            given = Path(file).read_text().strip()
        except OSError as failure:
            raise UnreadableSecret(f"{name}_FILE: {failure}") from failure
    return given or variable.default


def is_given(name: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the variable is set, or its file named, whatever is in it."""
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def flag(name: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the variable is 1."""
    return text(name, environ) == "1"


def listed(name: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """The variable's comma-separated values."""
    return [value.strip() for value in text(name, environ).split(",") if value.strip()]


def number(name: str, environ: Mapping[str, str] = os.environ) -> int:
    """The variable as a whole number. Raises ValueError, naming the variable."""
    try:
        return int(text(name, environ))
    except ValueError as failure:
        raise ValueError(f"{name} is not a whole number: {text(name, environ)!r}") from failure


class OriginOfPractice(ValueError):
    """The log's name says that it is practice, and this system is not."""


def log_origin(environ: Mapping[str, str] = os.environ) -> str:
    """The name the log signs with: a training log's ends with /training, no other's may. Raises OriginOfPractice."""
    named = text("LOG_ORIGIN", environ)
    if flag("HATTAMA_TRAINING", environ):
        return named.removesuffix(TRAINING) + TRAINING
    if is_training(named):
        raise OriginOfPractice(
            f"LOG_ORIGIN {named} is a training log's name. Set HATTAMA_TRAINING=1, or give the real log its name."
        )
    return named


def weaknesses(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Everything production refuses in these variables, one sentence each; empty when nothing is missing or weak."""
    found: list[str] = []
    for check in (
        _weak_key,
        _weak_hosts,
        _weak_site,
        _weak_urls,
        _weak_broker,
        _weak_log,
        _weak_inside,
        _demo_accounts,
        _training_password,
    ):
        try:
            found += check(environ)
        except UnreadableSecret as failure:
            found.append(str(failure))
    return found


def _weak_key(environ: Mapping[str, str]) -> Iterator[str]:
    key = text("SECRET_KEY", environ)
    if not key:
        yield "SECRET_KEY is missing."
    elif len(key) < SHORTEST_SECRET_KEY or _is_guessable(key):
        yield f"SECRET_KEY is weak: take at least {SHORTEST_SECRET_KEY} random characters."


def _weak_hosts(environ: Mapping[str, str]) -> Iterator[str]:
    hosts = listed("ALLOWED_HOSTS", environ)
    if not environ.get("ALLOWED_HOSTS"):
        yield "ALLOWED_HOSTS is missing."
    elif "*" in hosts:
        yield "ALLOWED_HOSTS may not be '*': name the hosts."
    for origin in listed("CSRF_TRUSTED_ORIGINS", environ):
        if not origin.startswith("https://"):
            yield f"CSRF_TRUSTED_ORIGINS may hold https:// origins only, not {origin!r}."


def _weak_site(environ: Mapping[str, str]) -> Iterator[str]:
    site = text("SITE_URL", environ)
    if not environ.get("SITE_URL"):
        yield "SITE_URL is missing: where this site is, such as https://results.example.org."
    elif not site.startswith("https://"):
        yield "SITE_URL must begin with https://."


def _weak_urls(environ: Mapping[str, str]) -> Iterator[str]:
    process = text("HATTAMA_PROCESS", environ)
    for name, role in ROLES.items():
        url = text(name, environ)
        if url:
            yield from _weak_password(name, url)
            if urlsplit(url).username != role:
                yield f"{name} must sign in as {role}."
        elif name != "DATABASE_OWNER_URL":
            yield f"{name} is missing."
    for name in ("DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"):
        if text(name, environ) and process not in PROCESSES_OF_THE_OWNER:
            yield f"{name} may not be given to the process {process!r}: it serves with the application's role."


def _weak_broker(environ: Mapping[str, str]) -> Iterator[str]:
    url = text("BROKER_URL", environ)
    if not url:
        yield "BROKER_URL is missing."
    else:
        yield from _weak_password("BROKER_URL", url)


def _weak_log(environ: Mapping[str, str]) -> Iterator[str]:
    if not environ.get("LOG_ORIGIN"):
        yield "LOG_ORIGIN is missing: the log's name, such as elections.example.org/log."
    if not environ.get("LOG_DIR") and not environ.get("HATTAMA_DATA"):
        yield "HATTAMA_DATA is missing (or LOG_DIR): where the log's files are."
    if text("HATTAMA_PROCESS", environ) == "publisher" and not environ.get("LOG_KEY_FILE"):
        yield "LOG_KEY_FILE is missing: the publisher signs with it."


def _weak_inside(environ: Mapping[str, str]) -> Iterator[str]:
    token = text("METRICS_TOKEN", environ)
    if token and (len(token) < SHORTEST_TOKEN or _is_guessable(token)):
        yield f"METRICS_TOKEN is weak: take at least {SHORTEST_TOKEN} random characters, or leave it out."


def _demo_accounts(environ: Mapping[str, str]) -> Iterator[str]:
    if text("HATTAMA_DEMO_PASSWORD", environ):
        yield "HATTAMA_DEMO_PASSWORD is set: the demo's accounts do not exist in production."


def _training_password(environ: Mapping[str, str]) -> Iterator[str]:
    if text("HATTAMA_TRAINING_PASSWORD", environ) and not flag("HATTAMA_TRAINING", environ):
        yield "HATTAMA_TRAINING_PASSWORD is set: only a training system (HATTAMA_TRAINING=1) has practice accounts."


def _weak_password(name: str, url: str) -> Iterator[str]:
    password = unquote(urlsplit(url).password or "")
    if len(password) < SHORTEST_PASSWORD or _is_guessable(password):
        yield f"{name} has a weak password: take at least {SHORTEST_PASSWORD} random characters."


def _is_guessable(secret: str) -> bool:
    lowered = secret.lower()
    return len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS or any(word in lowered for word in SPEAKING_WORDS)
