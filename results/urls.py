"""Public result pages, and those of publication."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from results.models import Snapshot
from results.public import pages
from results.publication import views


def _shown(address: str = "", name: str = "", **which: Any) -> list[URLPattern]:
    """Pages of a contest's result: of what is shown now, or of a published snapshot."""
    return [
        path(f"{address}results/<str:contest>/", pages.contest, which, name=f"{name}contest"),
        path(f"{address}results/<str:contest>/<str:place>/", pages.place, which, name=f"{name}place"),
        path(f"{address}seats/<str:contest>/", pages.seats, which, name=f"{name}seats"),
    ]


urlpatterns = [
    path("", pages.front, name="results"),
    *_shown(),
    path("contests/", pages.contests, name="contests"),
    path("bulletins/", pages.bulletins, name="bulletins"),
    path("bulletins/<int:number>/", pages.snapshot, {"kind": Snapshot.Kind.BULLETIN}, name="bulletin-snapshot"),
    *_shown("bulletins/<int:number>/", "bulletin-", kind=Snapshot.Kind.BULLETIN),
    path("final/", pages.snapshot, {"kind": Snapshot.Kind.FINAL}, name="final-snapshot"),
    *_shown("final/", "final-", kind=Snapshot.Kind.FINAL),
    path("publication/", views.publication, name="publication"),
    path("publication/bulletin/", views.bulletin, name="publish-bulletin"),
    path("publication/final/", views.final, name="propose-final"),
    path("publication/final/<int:number>/approve/", views.approve, name="approve-final"),
]
