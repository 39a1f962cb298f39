"""Every route declares who may call it, and nothing else is answered.

A view carries exactly one of the declarations below. `DeclaredAccessMiddleware` enforces it before the view runs;
the view then checks the place with `require`. Who is outside their scope gets 404, as if the thing did not exist.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from secrets import compare_digest
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from rest_framework.authentication import CSRFCheck

from accounts import selectors
from accounts.authentication import authenticate_token, token_in
from accounts.domain.roles import Permission
from accounts.models import Appointment, User
from stations.models import Area, Contest, Station

logger = logging.getLogger(__name__)
AnyView = TypeVar("AnyView", bound=Callable[..., Any])


class Rule(StrEnum):
    """How a route decides who may call it."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    NEEDS = "needs"
    TOKEN_OR_SESSION = "token_or_session"  # noqa: S105 (the name of a rule)
    INTERNAL = "internal"
    SUPERUSER = "superuser"
    CLOSED = "closed"


@dataclass(frozen=True)
class Access:
    """A route's declaration: the rule, and the permissions of which the caller must have one."""

    rule: Rule
    permissions: frozenset[Permission] = frozenset()


class UndeclaredAccess(Exception):
    """A view declares its access twice, or names no permission where it must."""


PUBLIC = Access(Rule.PUBLIC)
SIGNED_IN = Access(Rule.SIGNED_IN)
SUPERUSER = Access(Rule.SUPERUSER)
CLOSED = Access(Rule.CLOSED)

# Routes of other packages and of the rooms below, by the name of the view. What a package offers and we do not want
# is closed.
ROUTES: dict[str, Access] = {
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_inactive": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_signup": CLOSED,
    "account_signup_by_passkey": CLOSED,
    "account_email": CLOSED,
    "account_email_verification_sent": CLOSED,
    "account_confirm_email": CLOSED,
    "account_confirm_login_code": CLOSED,
    "account_request_login_code": CLOSED,
    "account_set_password": CLOSED,
    "account_reset_password": CLOSED,
    "account_reset_password_done": CLOSED,
    "account_reset_password_from_key": CLOSED,
    "account_reset_password_from_key_done": CLOSED,
    "mfa_authenticate": PUBLIC,
    "mfa_login_webauthn": PUBLIC,
    "mfa_signup_webauthn": CLOSED,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "set_language": PUBLIC,
    "schema": PUBLIC,
    "log_checkpoint": PUBLIC,
    "log_vkey": PUBLIC,
    "log_tile": PUBLIC,
    "log_schemas": PUBLIC,
    "log_schema": PUBLIC,
    "log_proof": PUBLIC,
    "log_consistency": PUBLIC,
    "log_checkpoints": PUBLIC,
    "log_cosignatures": PUBLIC,
    "log_witness_program": PUBLIC,
    "admin:login": CLOSED,
    "admin:jsi18n": SUPERUSER,
}
# Whole namespaces of other packages, for the names not listed above.
NAMESPACES: dict[str, Access] = {"admin": SUPERUSER}


def public(view: AnyView) -> AnyView:
    """Anyone may call it; it never depends on who calls."""
    return _declare(view, PUBLIC)


def signed_in(view: AnyView) -> AnyView:
    """Anyone with a session may call it."""
    return _declare(view, SIGNED_IN)


def needs(*permissions: Permission) -> Callable[[AnyView], AnyView]:
    """Only a person with a session and one of these permissions somewhere; the view checks the place."""
    return _declaring(Rule.NEEDS, permissions)


def token_or_session(*permissions: Permission) -> Callable[[AnyView], AnyView]:
    """As `needs`, and a token serves instead of a session. A token carries entry rights and no others.

    With a session the CSRF token is checked, with an API token it is not needed.
    """
    return _declaring(Rule.TOKEN_OR_SESSION, permissions)


def internal(view: AnyView) -> AnyView:
    """For the inside: a caller at one of `INTERNAL_ADDRESSES`, or with the bearer `METRICS_TOKEN`."""
    return _declare(view, Access(Rule.INTERNAL))


def require(
    user: User | AnonymousUser,
    permission: Permission,
    *,
    station: Station | int | None = None,
    contest: Contest | int | None = None,
    area: Area | int | None = None,
) -> Appointment:
    """The appointment that lets this person do this in that place (an object or its id). Raises Http404 without one."""
    appointment = selectors.appointment_for(
        user,
        permission,
        station_id=_id(station),
        contest_id=_id(contest),
        area_id=_id(area),
        now=timezone.now(),
    )
    if appointment is None:
        raise Http404
    return appointment


def access_of(view: Callable[..., Any], view_name: str) -> Access | None:
    """What this view declares, or what is declared here for a route of another package. None if nothing is."""
    declared: Access | None = getattr(view, "access", None)
    if declared is not None:
        return declared
    return ROUTES.get(view_name) or NAMESPACES.get(view_name.partition(":")[0] if ":" in view_name else "")


def refusal(request: HttpRequest, view: Callable[..., Any]) -> HttpResponseBase | None:
    """The answer to a caller whom the view's declaration does not admit; None for one it does.

    Raises Http404 for what does not exist as far as this caller is concerned.
    """
    view_name = request.resolver_match.view_name if request.resolver_match else ""
    access = access_of(view, view_name)
    if access is None:
        logger.error("The view %s (%s) declares no access and was refused.", view_name, request.path)
        return _not_found(request)
    if access.rule is Rule.PUBLIC:
        return None
    if access.rule is Rule.CLOSED:
        return _not_found(request)
    if access.rule is Rule.INTERNAL:
        return None if _is_internal(request) else _not_found(request)
    token = token_in(request) if access.rule is Rule.TOKEN_OR_SESSION else None
    return _refuse_session(request, view, access) if token is None else _refuse_token(request, access, token)


def json_refusal(status: HTTPStatus, code: str, message: str) -> JsonResponse:
    """A refusal in the one shape all refusals of the API have."""
    response = JsonResponse({"code": code, "message": message, "fields": {}}, status=status)
    if status is HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _refuse_token(request: HttpRequest, access: Access, token: str) -> HttpResponseBase | None:
    permissions = authenticate_token(request, token, timezone.now())
    if permissions is None:
        return json_refusal(
            HTTPStatus.UNAUTHORIZED, "token_refused", _("This token is unknown, has expired or was revoked.")
        )
    if not permissions & access.permissions:
        return _not_found(request)
    _admit(request)
    return None


def permissions_held(request: HttpRequest, user: User) -> frozenset[Permission]:
    """What the person who asks may do somewhere: looked up once for the access check and the page's menu."""
    held: frozenset[Permission] | None = getattr(request, "permissions_held", None)
    if held is None:
        held = selectors.permissions_of(user, timezone.now())
        request.permissions_held = held  # type: ignore[attr-defined]
    return held


def _refuse_session(request: HttpRequest, view: Callable[..., Any], access: Access) -> HttpResponseBase | None:
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return _ask_to_sign_in(request, access)
    # Django REST framework and `token_or_session` exempt their views from the check; a session still owes it.
    if getattr(view, "csrf_exempt", False) and _csrf_fails(request):
        return json_refusal(HTTPStatus.FORBIDDEN, "csrf_failed", _("Reload the page and try again."))
    if access.rule is Rule.SUPERUSER and not user.is_superuser:
        return _not_found(request)
    if access.permissions and not permissions_held(request, user) & access.permissions:
        return _not_found(request)
    if access.permissions and selectors.owes_second_factor(user, timezone.now()):
        return _ask_for_second_factor(request)
    _admit(request)
    return None


def _ask_for_second_factor(request: HttpRequest) -> HttpResponseBase:
    """Lead a person whose office asks for a second factor to where one is set up: nothing else opens before."""
    sentence = _("Your office asks for a second factor. Set one up: an app on your phone, or a passkey.")
    if _is_api(request):
        return json_refusal(HTTPStatus.FORBIDDEN, "second_factor_missing", sentence)
    messages.warning(request, sentence)
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(reverse("mfa_index"))
    return redirect("mfa_index")


def _admit(request: HttpRequest) -> None:
    request.admitted = request.user  # type: ignore[attr-defined]


def _ask_to_sign_in(request: HttpRequest, access: Access) -> HttpResponseBase:
    if access.rule is Rule.TOKEN_OR_SESSION or _is_api(request):
        return json_refusal(HTTPStatus.UNAUTHORIZED, "sign_in", _("Sign in, or send a token."))
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(redirect_to_login(request.headers.get("HX-Current-URL", "/")).url)
    return redirect_to_login(request.get_full_path())


def _not_found(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        return json_refusal(HTTPStatus.NOT_FOUND, "not_found", _("There is nothing here."))
    raise Http404


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _csrf_fails(request: HttpRequest) -> bool:
    check = CSRFCheck(lambda _request: HttpResponse())
    check.process_request(request)
    # The view itself is exempt, so the check is asked about one that is not.
    return check.process_view(request, _not_found, (), {}) is not None


def _is_internal(request: HttpRequest) -> bool:
    secret = settings.METRICS_TOKEN
    if secret and compare_digest((token_in(request) or "").encode(), secret.encode()):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # It came through a proxy: the address of the peer says nothing about the caller.
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in _networks(tuple(settings.INTERNAL_ADDRESSES)))


@lru_cache(maxsize=4)
def _networks(addresses: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(address) for address in addresses)


def _declaring(rule: Rule, permissions: tuple[Permission, ...]) -> Callable[[AnyView], AnyView]:
    if not permissions:
        raise UndeclaredAccess(f"{rule} names no permission.")
    return lambda view: _declare(view, Access(rule, frozenset(permissions)))


def _declare(view: AnyView, access: Access) -> AnyView:
    if isinstance(view, type):
        _declare_class(view, access)
        return view
    if hasattr(view, "access"):
        raise UndeclaredAccess(f"{view!r} declares its access twice.")
    view.access = access  # type: ignore[attr-defined]
    if access.rule is Rule.TOKEN_OR_SESSION:
        view.csrf_exempt = True  # type: ignore[attr-defined]
    return view


def _declare_class(view: Any, access: Access) -> None:
    """Put the declaration on the class's own `dispatch`: `as_view` copies what it finds there to its callable."""
    if hasattr(vars(view).get("dispatch"), "access"):
        raise UndeclaredAccess(f"{view!r} declares its access twice.")
    inherited = view.dispatch

    def dispatch(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = inherited(self, request, *args, **kwargs)
        return response

    dispatch.__dict__.update({name: value for name, value in vars(inherited).items() if name != "access"})
    view.dispatch = _declare(dispatch, access)


def _id(place: Station | Contest | Area | int | None) -> int | None:
    return place if place is None or isinstance(place, int) else place.pk
