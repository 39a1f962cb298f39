"""What a page tells those who show a picture and a title beside a link to it."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from stations.models import Area, Contest, Station


def share_of(contest: Contest, place: Area | Station, title: str = "") -> dict[str, str]:
    """Return the address of the picture of an area's result (of a station: its district's), and the link's title.

    Addresses are whole: those who read them read no others.
    """
    area = place.area if isinstance(place, Station) else place
    return {
        "picture": settings.SITE_URL + reverse("share", args=[contest.code, area.code]),
        "title": title or f"{contest.name}: {place.name}",
    }
