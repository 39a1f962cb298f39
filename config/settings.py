"""Settings, from the environment only. `.env.example` lists every variable."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import environment
from config.data_folder import apart, data_folder
from config.development_key import development_key
from config.logs import configure_structlog, logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = data_folder()
PRODUCTION = environment.flag("HATTAMA_PRODUCTION")
# Practice: everything that is kept lies apart, and every page and answer says so (docs/adr/0011).
TRAINING = environment.flag("HATTAMA_TRAINING")
PROCESS = environment.text("HATTAMA_PROCESS")
if PRODUCTION and (weaknesses := environment.weaknesses()):
    raise ImproperlyConfigured("Production does not start like this:\n- " + "\n- ".join(weaknesses))

DEBUG = False
SECRET_KEY = environment.text("SECRET_KEY") or development_key(DATA_DIR)
ALLOWED_HOSTS = environment.listed("ALLOWED_HOSTS")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config",
    "observers",
    "results",
    "aggregation",
    "tallies",
    "accounts",
    "stations",
    "audit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
]

MIDDLEWARE = [
    "config.request_id.RequestIdMiddleware",
    "config.announcing.TrainingHeaderMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.DeclaredAccessMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.navigation.masthead",
            ],
        },
    }
]


# Statements are bound and prepared on the server: planning the same joins again for every protocol cost more than
# running them.
PREPARED: dict[str, object] = {"server_side_binding": True, "prepare_threshold": 3}


def _database(url: str, *, pooled: bool = False, **extra: object) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "OPTIONS": {**PREPARED, **({"pool": {"min_size": 2, "max_size": 8, "timeout": 10}} if pooled else {})},
        # A worker keeps its connection from task to task; a pool keeps its own.
        "CONN_MAX_AGE": None if PROCESS == "worker" else 0,
        "CONN_HEALTH_CHECKS": True,
        **extra,
    }


# In Celery's prefork workers Django's pool is torn down around every task, so only web processes pool.
DATABASES = {
    "default": _database(environment.text("DATABASE_URL"), pooled=PROCESS == "web"),
    "owner": _database(environment.text("DATABASE_OWNER_URL"), TEST={"MIRROR": "default"}),
    "reader": _database(environment.text("DATABASE_READER_URL"), pooled=PROCESS == "web", TEST={"MIRROR": "default"}),
}


def _database_beyond(url: str, number: int) -> str:
    server, _slash, database = url.rpartition("/")
    return f"{server}/{int(database or 0) + number}"


BROKER_URL = environment.text("BROKER_URL")
if TRAINING and BROKER_URL:
    # Past the broker and the cache of a real system that is given the same address: no bell rings there.
    BROKER_URL = _database_beyond(BROKER_URL, 2)


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        # The database next to the broker's, so that neither empties the other.
        "LOCATION": _database_beyond(BROKER_URL, 1),
    }
}
SESSION_ENGINE = "accounts.sessions"
# A browser that has both open keeps them apart.
SESSION_COOKIE_NAME = "training_sessionid" if TRAINING else "sessionid"
CSRF_COOKIE_NAME = "training_csrftoken" if TRAINING else "csrftoken"
SESSION_COOKIE_AGE = int(timedelta(hours=environment.number("SESSION_HOURS")).total_seconds())
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_TRUSTED_ORIGINS = environment.listed("CSRF_TRUSTED_ORIGINS")
SECURE_SSL_REDIRECT = PRODUCTION
# What only the inside asks for comes without TLS.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
if environment.flag("BEHIND_TLS_PROXY"):
    # Whose address counts against the limits of sign-in: the one that the proxy saw.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # The limits of sign-in count callers, not the proxy.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1


# The audit log: what the publisher signs with (it alone), the log's name, and the folder it is published from.
# A folder that is named is entered one step further by a training system, so that no real one can be meant.
def _place(name: str, usual: str) -> Path:
    named = environment.text(name)
    return apart(Path(named)) if named else DATA_DIR / usual


def _key_file(name: str, usual: str) -> Path:
    named = environment.text(name)
    return apart(Path(named).parent) / Path(named).name if named else DATA_DIR / usual / "key"


LOG_ORIGIN = environment.log_origin()
LOG_DIR = _place("LOG_DIR", "log")
LOG_KEY_FILE = _key_file("LOG_KEY_FILE", "log-key")
# The journal belongs to the key: another key begins another one.
LOG_JOURNAL_DIR = LOG_KEY_FILE.parent / "journal"
if environment.is_given("LOG_JOURNAL_DIR"):
    LOG_JOURNAL_DIR = _place("LOG_JOURNAL_DIR", "log-journal")
# Witnesses outside who cosign checkpoints: "vkey" or "vkey https://submission-prefix", separated by commas.
LOG_WITNESSES = environment.listed("LOG_WITNESSES")
LOG_WITNESS_ALLOWED_NETWORKS = [ip_network(network) for network in environment.listed("LOG_WITNESS_ALLOWED_NETWORKS")]
LOG_WITNESS_CA_FILE = environment.text("LOG_WITNESS_CA_FILE")
LOG_WITNESSES_OVER_HTTP = not PRODUCTION

# Who may call what is for the inside (accounts.access.internal).
INTERNAL_ADDRESSES = environment.listed("INTERNAL_ADDRESSES")
METRICS_TOKEN = environment.text("METRICS_TOKEN")

# When a commission calls a station: so long after it closed its protocol is late.
LATE_AFTER = timedelta(minutes=environment.number("LATE_AFTER_MINUTES"))

# Where this site is, for links in what is sent elsewhere.
SITE_URL = environment.text("SITE_URL").rstrip("/")
# Who gives results out, as files of them say.
ISSUER, _bar, ISSUER_ABBREVIATION = environment.text("ISSUER").partition("|")
# How published results may be used: name, title and address, separated by "|".
DATA_LICENCE = tuple(environment.text("DATA_LICENCE").split("|"))
# Webhooks go to public addresses, and to networks named here; http without TLS in development only.
WEBHOOK_ALLOWED_NETWORKS = [ip_network(network) for network in environment.listed("WEBHOOK_ALLOWED_NETWORKS")]
WEBHOOK_CA_FILE = environment.text("WEBHOOK_CA_FILE")
WEBHOOKS_OVER_HTTP = not PRODUCTION

LOGGING = logging_settings(as_json=PRODUCTION, level=environment.text("LOG_LEVEL"))
configure_structlog()

# Sign-in: username and password, given by an enrolment link; nobody signs up, nobody needs an e-mail address.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["accounts.hashers.DawnArgon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
ACCOUNT_ADAPTER = "accounts.adapter.NoSignUp"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignIn",
    "change_password": "accounts.forms.ChangePassword",
    "reauthenticate": "accounts.forms.Reauthentication",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
# By account before address: many stations sit behind one government address. Kept in the shared cache. Tries and
# failures to sign in are counted by accounts.limits; allauth counts failures of a second factor by the same rates.
SIGN_IN_TRIES = "2000/m/ip"
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key,300/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
# People in these roles must have a second factor before anything but setting one up opens to them.
SECOND_FACTOR_ROLES = frozenset(environment.listed("SECOND_FACTOR_ROLES")) - {"none"}
if PRODUCTION and not environment.is_given("SECOND_FACTOR_ROLES"):
    SECOND_FACTOR_ROLES = frozenset({"district", "constituency", "region", "cec"})
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Hattama"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION

LANGUAGE_CODE = "kk"
LANGUAGES = [("kk", _("Kazakh")), ("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Almaty"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Production serves what `collectstatic` wrote when the image was built, by names that change with the content.
STATIC_IS_COLLECTED = PRODUCTION or PROCESS == "build"
STATIC_ROOT = BASE_DIR / "staticfiles" if STATIC_IS_COLLECTED else None
WHITENOISE_USE_FINDERS = not STATIC_IS_COLLECTED
# Ready-made files of published results, for web processes to hand out.
DOWNLOADS_DIR = _place("DOWNLOADS_DIR", "downloads")
# Whether workers make them by themselves after each publication.
PREPARE_DOWNLOADS = environment.flag("PREPARE_DOWNLOADS")
# Where workers write the public bundle by themselves, with ready-made files where they make them; None: nowhere.
BUNDLE_DIR = _place("BUNDLE_DIR", "bundle") if environment.is_given("BUNDLE_DIR") else None
# What the manifest of the public bundle is signed with.
BUNDLE_KEY_FILE = _key_file("BUNDLE_KEY_FILE", "bundle-key")
# Photographs of protocols: originals and copies by hash, and what is still on its way from a telephone.
UPLOADS_DIR = _place("UPLOADS_DIR", "uploads")
PHOTOGRAPH_MOST_BYTES = environment.number("PHOTOGRAPH_MAX_MB") * 2**20


def _evidence() -> dict[str, object]:
    """The place of the files of evidence: a bucket when one is named, else a folder."""
    bucket = environment.text("EVIDENCE_S3_BUCKET")
    if not bucket:
        return {"BACKEND": "tallies.photographs.store.EvidenceFiles", "OPTIONS": {"location": UPLOADS_DIR}}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "location": "training" if TRAINING else "",
            "endpoint_url": environment.text("EVIDENCE_S3_ENDPOINT") or None,
            "region_name": environment.text("EVIDENCE_S3_REGION") or None,
            "access_key": environment.text("EVIDENCE_S3_ACCESS_KEY") or None,
            "secret_key": environment.text("EVIDENCE_S3_SECRET_KEY") or None,
            # A name is a hash: writing it again writes the same.
            "file_overwrite": True,
            "default_acl": None,
        },
    }


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_IS_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
    "evidence": _evidence(),
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.DeclaredCaller"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "accounts.api_refusals.refuse",
}
