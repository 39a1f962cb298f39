"""What stands at the top of every page: the election, the ways open to this person, the languages."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.access import PUBLIC, access_of
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
    ("observers", _("Observers"), Permission.OBSERVE),
    ("publication", _("Publication"), Permission.PUBLISH),
    ("admin:index", _("Accounts"), Permission.MANAGE_PEOPLE),
)


class Masthead:
    """Lazily answers what the page's template asks. On a public page it never looks at who is reading.

    Public pages are kept in a cache and given to everyone, so nothing on them may depend on a session.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def election(self) -> Election | None:
        """The election with the latest date; None before one is loaded."""
        return Election.objects.order_by("-date", "-id").first()

    @cached_property
    def public(self) -> bool:
        match = self._request.resolver_match
        return match is None or access_of(match.func, match.view_name) == PUBLIC

    @cached_property
    def person(self) -> User | None:
        """The person signed in; None on a public page whoever reads it."""
        user: User | AnonymousUser = AnonymousUser() if self.public else self._request.user
        return user if isinstance(user, User) else None

    @cached_property
    def ways(self) -> list[Way]:
        """The ways open to this person, those of routes that exist."""
        held = selectors.permissions_of(self.person, timezone.now()) if self.person else frozenset()
        ways = []
        for view_name, label, permission in WAYS:
            url = _address(view_name) if permission is None or permission in held else None
            if url and (view_name != "admin:index" or (self.person and self.person.is_superuser)):
                ways.append(Way(str(label), url, here=self._is_here(url)))
        return ways

    @cached_property
    def languages(self) -> list[Language]:
        """The same page in each language."""
        path = self._request.get_full_path()
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

    def _is_here(self, url: str) -> bool:
        home = url.count("/") <= 2  # noqa: PLR2004 ("/kk/": every page lies beneath it)
        return self._request.path == url if home else self._request.path.startswith(url)


def masthead(request: HttpRequest) -> dict[str, Masthead]:
    """Context processor: `masthead` in every template."""
    return {"masthead": Masthead(request)}


def _address(view_name: str) -> str | None:
    try:
        return reverse(view_name)
    except NoReverseMatch:
        return None
