"""Who is calling the API: the owner of a token, or a person with a session."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import selectors
from accounts.domain.roles import Permission
from accounts.models import User

_SCHEMES = ("bearer", "token")


def token_in(request: HttpRequest) -> str | None:
    """The token of `Authorization: Bearer …` (or `Token …`), None if the request carries none.

    An Authorization header of another kind counts as an empty token: it must not fall back to the session.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() in _SCHEMES else ""


def authenticate_token(request: HttpRequest, token: str, now: datetime) -> frozenset[Permission] | None:
    """Make the token's owner the request's user and return what they may enter; None if the token is not valid."""
    found = selectors.user_of_token(token, now)
    if found is None:
        return None
    request.user, permissions = found
    return permissions


class DeclaredCaller(BaseAuthentication):
    """Hands Django REST framework the caller whom `DeclaredAccessMiddleware` has already admitted.

    On a public view there is no caller, so that public answers never depend on a session.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        user: User | None = getattr(request._request, "admitted", None)
        return None if user is None else (user, None)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (the framework's signature)
        return "Bearer"
