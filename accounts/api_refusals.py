"""What the API's framework refuses by itself (not JSON, no such method), in the one shape that all refusals have."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.views import exception_handler


def refuse(failure: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return `{code, message, fields}` with the status of the failure; None for one that is an error of ours."""
    response = exception_handler(failure, dict(context))
    if response is None:
        return None
    message = _("There is nothing here.") if isinstance(failure, Http404) else str(getattr(failure, "detail", failure))
    code = HTTPStatus(response.status_code).phrase.lower().replace(" ", "_")
    response.data = {"code": code, "message": message, "fields": {}}
    return response
