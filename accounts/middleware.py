"""Refuses every call that the route's declaration does not admit, and every route that declares nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from accounts.access import refusal


class DeclaredAccessMiddleware:
    """Asks `accounts.access` before each view. It is the last of the middleware, next to the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: Sequence[Any],  # noqa: ARG002 (Django's signature)
        kwargs: Mapping[str, Any],  # noqa: ARG002 (Django's signature)
    ) -> HttpResponseBase | None:
        return refusal(request, view)
