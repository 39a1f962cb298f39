"""A training system says so in every answer: whoever reads it with a program reads no page."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

HEADER = "Hattama-Training"


class TrainingHeaderMiddleware:
    """Puts `Hattama-Training: 1` on every answer of a training system, and nothing on those of a real one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.TRAINING:
            response.headers[HEADER] = "1"
        return response
