"""The description of the API in OpenAPI."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How callers of what is not public say who they are."""

    target_class = "accounts.authentication.DeclaredCaller"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


class Description(SpectacularAPIView):
    """`GET /api/v1/schema/`"""

    custom_settings = {"TITLE": "Hattama", "VERSION": "1"}
