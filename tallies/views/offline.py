"""What lets the form work on a bad line: the key of the device's drafts, the service worker, and the app's manifest.

docs/adr/0009-drafts-stay-on-the-device.md has the reasons.
"""

from __future__ import annotations

import base64
import hashlib
import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs, public
from accounts.domain.roles import Permission
from accounts.models import User
from accounts.services import draft_key

# What the form needs to be shown and to keep a draft without a line.
ASSETS = (
    "css/hattama.css",
    "django_htmx/htmx-2.min.js",
    "img/favicon.svg",
    "img/mark.svg",
    "js/drafts.js",
    "js/protocol.js",
)


@needs(Permission.ENTER_PROTOCOL, Permission.ENTER_FOR_STATION)
@require_safe
@never_cache
def draft_key_of_person(request: HttpRequest) -> HttpResponse:
    """`/drafts/key/`: who is signed in, the key of their drafts, and a CSRF token that is good now.

    Sends that were queued ask here first: the answer says that the session is alive, and whose it is.
    """
    if not isinstance(request.user, User):
        raise Http404
    key = draft_key(user=request.user, now=timezone.now())
    return JsonResponse(
        {
            "person": str(request.user.pseudonym),
            "key": base64.b64encode(key).decode(),
            "csrf": get_token(request),
        }
    )


@public
@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """`/service-worker.js`: serves the whole site, so it stands at its root."""
    assets = [static(asset) for asset in (*ASSETS, *(["css/training.css"] if settings.TRAINING else []))]
    version = hashlib.sha256("\n".join(assets).encode()).hexdigest()[:16]
    prefix = "training-" if settings.TRAINING else ""
    context = {"assets": json.dumps(assets), "version": version, "prefix": prefix}
    response = render(request, "tallies/service_worker.js", context, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    return response


@public
@require_safe
@cache_control(max_age=3600)
def manifest(_request: HttpRequest) -> HttpResponse:
    """`/<language>/manifest.webmanifest`: the station's page as an app of its own."""
    return JsonResponse(
        {
            "name": _("Hattama: my station"),
            "short_name": _("Training") if settings.TRAINING else _("Hattama"),
            "start_url": reverse("tallies:station"),
            "scope": "/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0a2c3d",
            "icons": [{"src": static("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
        },
        content_type="application/manifest+json",
    )
