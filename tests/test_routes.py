"""Every route of the system declares who may call it, and answers accordingly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import translation
from django.utils.regex_helper import normalize

from accounts.access import ROUTES, Access, Rule, access_of


@dataclass(frozen=True)
class Route:
    """A route of the URLconf: the name of its view with namespaces, an address that matches it, and its view."""

    name: str
    address: str
    view: Callable[..., Any]

    @property
    def access(self) -> Access | None:
        return access_of(self.view, self.name)


# A value for each kind of converter, and for each named group of a regular expression, that stands in an address.
CONVERTED = {"IntConverter": "1", "UUIDConverter": "00000000-0000-4000-8000-000000000000"}
GROUPS = {"uidb36": "1", "app_label": "accounts", "format": "json"}


def addresses(resolver: URLResolver, above: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """An address for each route beneath this resolver, with the route it was made for."""
    for entry in resolver.url_patterns:
        here = above + example(entry)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, here)
        else:
            yield here, entry


def example(entry: URLPattern | URLResolver) -> str:
    """What an address must hold for this part of it to match."""
    template, names = normalize(entry.pattern.regex.pattern)[0]
    kinds = {name: type(converter).__name__ for name, converter in entry.pattern.converters.items()}
    values = {name: CONVERTED.get(kinds.get(name, ""), GROUPS.get(name, "x")) for name in names}
    return (template % values).removesuffix("\\Z")


def routes() -> Iterator[Route]:
    for address, pattern in addresses(get_resolver()):
        match = resolve(address)
        assert match.func == pattern.callback, f"{address} is answered by {match.func}, not {pattern.callback}"
        yield Route(match.view_name, address, match.func)


with translation.override(settings.LANGUAGE_CODE):
    ALL = list(routes())
BY_RULE = {rule: [route for route in ALL if route.access and route.access.rule is rule] for rule in Rule}
pytestmark = pytest.mark.django_db(databases=["default", "reader"])


def names(route: Route) -> str:
    return route.name.rpartition(".")[2]


def test_there_are_routes_to_walk() -> None:
    assert {"account_login", "admin:index"} <= {route.name for route in ALL}


@pytest.mark.parametrize("route", ALL, ids=names)
def test_every_route_declares_who_may_call_it(route: Route) -> None:
    assert route.access is not None, f"{route.address} ({route.view!r}) declares nothing"


@pytest.mark.parametrize("route", ALL, ids=names)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_anonymous_people_get_what_is_declared(route: Route, method: str) -> None:
    answer = Client(enforce_csrf_checks=False).generic(method, route.address, REMOTE_ADDR="203.0.113.7")
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    assert route.access is not None
    match route.access.rule:
        case Rule.PUBLIC:
            assert answer.status_code not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        case Rule.INTERNAL | Rule.CLOSED:
            assert answer.status_code == HTTPStatus.NOT_FOUND
        case Rule.TOKEN_OR_SESSION:
            assert answer.status_code == HTTPStatus.UNAUTHORIZED
        case _ if route.address.startswith("/api/"):
            assert answer.status_code == HTTPStatus.UNAUTHORIZED
        case _:
            assert answer.status_code == HTTPStatus.FOUND
            assert "/account/login/" in answer["Location"]


def test_every_name_in_the_table_of_other_packages_routes_is_spelt_right() -> None:
    known = {route.name for route in ALL}
    optional = {"set_language", "schema", "log_checkpoint", "log_vkey", "log_tile", "log_schemas", "log_schema"}
    switched_off = {
        "account_signup_by_passkey",
        "account_request_login_code",
        "mfa_login_webauthn",
        "mfa_signup_webauthn",
    }
    assert set(ROUTES) - known <= optional | switched_off
