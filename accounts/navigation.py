"""What stands at the top of every page: the election, the ways open to this person, the languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.access import PUBLIC, access_of, permissions_held
from accounts.domain.roles import Permission
from accounts.models import User
from stations.models import Election


@dataclass(frozen=True)
class Way:
    """An entry of the navigation: its words, its address, and whether the page shown lies on it."""

    label: str
    url: str
    here: bool


@dataclass(frozen=True)
class Language:
    code: str
    name: str
    url: str
    here: bool


# Name of the view, its words, and the permission of which one must be held; None for everyone.
WAYS = (
    ("results", _("Results"), None),
    ("tallies:station", _("My station"), Permission.ENTER_PROTOCOL),
    ("tallies:desk", _("Commission desk"), Permission.SEE_DESK),
    ("establish", _("Establish results"), Permission.CERTIFY),
    ("people", _("People"), Permission.APPOINT_OFFICERS),
    ("tallies:queries", _("Queries"), Permission.OBSERVE),
    ("tallies:checks", _("Checks"), Permission.MANAGE_ELECTION),
    ("observers", _("Observers"), Permission.OBSERVE),
    ("tallies:complaints", _("Complaints"), Permission.COMPLAIN),
    ("publication", _("Publication"), Permission.PUBLISH),
    ("admin:index", _("Accounts"), Permission.MANAGE_PEOPLE),
)

# With the person's name and the way out beside them.
WAYS_IN_A_ROW = 2


# What the screen says of a draft. Words in braces are filled in by the script.
DRAFT_WORDS = {
    "saved": _("Saved on this device at {time}. Not sent yet."),
    "queued": _("No line. Kept on this device since {time}; sent by itself as soon as there is one."),
    "signedOut": _("Kept on this device since {time}. Your session has ended: sign in, and it is sent."),
    "sent": _("Sent at {time}. {message}"),
    "refusedBecause": _("Not taken: {reason} What you typed is still here."),
    "refused": _("The figures or the state of the protocol have changed. Send it again to see what is meant."),
    "notYours": _("You are no longer appointed to enter this protocol."),
    "cannotKeep": _("This device cannot keep what you type. Do not close the page before it is sent."),
    "unsent": _("Begun on this device, not sent"),
    "waiting": _("Waits for a line"),
    "cameBack": _("Not taken: open it to see why"),
}


class Masthead:
    """Lazily answers what the page's template asks. On a public page it never looks at who is reading.

    Public pages are kept in a cache and given to everyone, so nothing on them may depend on a session.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def election(self) -> Election | None:
        """The election with the latest date; None before one is loaded. A view that has read it leaves it here."""
        known: Election | None = getattr(self._request, "current_election", None)
        return known or Election.objects.order_by("-date", "-id").first()

    @cached_property
    def public(self) -> bool:
        match = self._request.resolver_match
        return match is None or access_of(match.func, match.view_name) == PUBLIC

    @cached_property
    def person(self) -> User | None:
        """The person signed in; None on a public page whoever reads it."""
        # A form without its token is turned away before anybody knows who sent it.
        known: User | AnonymousUser = getattr(self._request, "user", AnonymousUser())
        user = AnonymousUser() if self.public else known
        return user if isinstance(user, User) else None

    @cached_property
    def held(self) -> frozenset[Permission]:
        """What the person may do somewhere."""
        return permissions_held(self._request, self.person) if self.person else frozenset()

    @cached_property
    def keeps_drafts(self) -> bool:
        """Whether this person keys protocols: their drafts lie on the device (static/js/drafts.js)."""
        enters = self.held & {Permission.ENTER_PROTOCOL, Permission.ENTER_FOR_STATION}
        return bool(enters and _address("tallies:draft_key"))

    @property
    def manifest(self) -> str | None:
        """The address of the app's manifest."""
        return _address("tallies:manifest")

    @property
    def draft_settings(self) -> dict[str, object]:
        """What the script of drafts needs to know, and the words it says."""
        return {
            # Drafts of practice and real ones never lie in one store of the device.
            "prefix": "training-" if settings.TRAINING else "",
            "person": str(self.person.pseudonym) if self.person else "",
            "keyUrl": _address("tallies:draft_key"),
            "signInUrl": reverse("account_login"),
            "words": {name: str(sentence) for name, sentence in DRAFT_WORDS.items()},
        }

    @cached_property
    def ways(self) -> list[Way]:
        """The ways open to this person, those of routes that exist."""
        ways = []
        for view_name, label, permission in WAYS:
            url = _address(view_name) if permission is None or permission in self.held else None
            if url and (view_name != "admin:index" or (self.person and self.person.is_superuser)):
                ways.append(Way(str(label), url, here=self._is_here(url)))
        return ways

    @property
    def many_ways(self) -> bool:
        """Whether the ways take more than a row of a telephone: there they are folded together."""
        return len(self.ways) > WAYS_IN_A_ROW

    @property
    def site(self) -> str:
        """Where this site is: search engines take the address of a page's other languages only whole."""
        return str(settings.SITE_URL)

    @cached_property
    def languages(self) -> list[Language]:
        """The same page in each language; for an answer to a form, the page that the form stands on."""
        path = self._request.get_full_path()
        if self._request.method == "POST":
            path = self._sent_from() or path
        current = get_language()
        prefix, _slash, rest = path.removeprefix("/").partition("/")
        translated = prefix in dict(settings.LANGUAGES)
        return [
            Language(
                code,
                get_language_info(code)["name_local"].capitalize(),
                f"/{code}/{rest}" if translated else f"/{code}/",
                here=code == current,
            )
            for code, _name in settings.LANGUAGES
        ]

    def _sent_from(self) -> str:
        """The page of ours that a form was sent from; empty where the browser does not say."""
        referer = self._request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(referer, allowed_hosts={self._request.get_host()}):
            return ""
        parts = urlsplit(referer)
        return urlunsplit(("", "", parts.path, parts.query, ""))

    def _is_here(self, url: str) -> bool:
        home = url.count("/") <= 2  # noqa: PLR2004 ("/kk/": every page lies beneath it)
        return self._request.path == url if home else self._request.path.startswith(url)


def masthead(request: HttpRequest) -> dict[str, Masthead]:
    """Context processor: `masthead` in every template."""
    return {"masthead": Masthead(request)}


def _address(view_name: str) -> str | None:
    """The address in the language of the page. Every page asks for the same ones."""
    return _address_in(view_name, get_language())


@lru_cache(maxsize=200)
def _address_in(view_name: str, language: str | None) -> str | None:  # noqa: ARG001 (what the address is kept by)
    try:
        return reverse(view_name)
    except NoReverseMatch:
        return None
