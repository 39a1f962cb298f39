"""Public result pages, and those of publication."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from results.certification import views as establishing
from results.exports.feed import corrections
from results.mandates import views as mandates
from results.models import Snapshot
from results.public import (
    certificates,
    check,
    colours,
    comparing,
    data,
    earlier,
    log,
    pages,
    photographs,
    search,
    share,
    turnout,
    widget,
)
from results.publication import pausing_views, views

_CERTIFICATE = "certificates/<str:contest>/<str:place>/"
_CELL = "establish/<str:contest>/<str:place>/"


def _shown(address: str = "", name: str = "", **which: Any) -> list[URLPattern]:
    """Pages of a contest's result: of what is shown now, or of a published snapshot."""
    return [
        path(f"{address}results/<str:contest>/", pages.contest, which, name=f"{name}contest"),
        path(f"{address}results/<str:contest>/<str:place>/", pages.place, which, name=f"{name}place"),
        path(f"{address}seats/<str:contest>/", pages.seats, which, name=f"{name}seats"),
        path(f"{address}still-open/<str:contest>/", pages.still_open, which, name=f"{name}still-open"),
    ]


urlpatterns = [
    path("", pages.front, name="results"),
    *_shown(),
    path("turnout/", turnout.turnout, name="turnout"),
    path("turnout/<str:place>/", turnout.turnout, name="turnout-in"),
    path("colours/<str:election>/<int:revision>.css", colours.colours, name="colours"),
    path("timeline/<str:contest>/", pages.timeline, name="timeline"),
    path("compare/<str:contest>/", comparing.choose, name="compare"),
    path("compare/<str:contest>/<str:one>/<str:other>/", comparing.compare, name="compare-two"),
    path("share/<str:contest>/<str:place>.png", share.share_picture, name="share"),
    path("search/", search.search, name="search"),
    path("contests/", pages.contests, name="contests"),
    path("still-open/", pages.constituencies, name="constituencies-open"),
    path("bulletins/", pages.bulletins, name="bulletins"),
    path("bulletins/<int:number>/", pages.snapshot, {"kind": Snapshot.Kind.BULLETIN}, name="bulletin-snapshot"),
    *_shown("bulletins/<int:number>/", "bulletin-", kind=Snapshot.Kind.BULLETIN),
    path("final/", pages.snapshot, {"kind": Snapshot.Kind.FINAL}, name="final-snapshot"),
    *_shown("final/", "final-", kind=Snapshot.Kind.FINAL),
    path("final/<int:number>/", pages.snapshot, {"kind": Snapshot.Kind.FINAL}, name="edition-snapshot"),
    *_shown("final/<int:number>/", "edition-", kind=Snapshot.Kind.FINAL),
    path("photographs/<str:contest>/<str:place>/<str:sha256>.jpg", photographs.photograph, name="photograph"),
    path(_CERTIFICATE, certificates.latest, name="certificate-latest"),
    path(f"{_CERTIFICATE}<int:number>/", certificates.certificate, name="certificate"),
    path(f"{_CERTIFICATE}<int:number>-<str:language>.pdf", certificates.certificate_pdf, name="certificate-pdf"),
    path("check/<str:contest>/<str:place>/", check.check, name="check"),
    path("check/<str:contest>/<str:place>/<str:record>/", check.check, name="check-receipt"),
    path("establish/", establishing.establish, name="establish"),
    path("establish/overview/", establishing.overview, name="establish-overview"),
    path(_CELL, establishing.cell, name="establish-cell"),
    path(f"{_CELL}propose/", establishing.propose, name="propose-certificate"),
    path(f"{_CELL}<int:number>/sign/", establishing.sign, name="sign-certificate"),
    path(f"{_CELL}<int:number>/opinion/", establishing.opinion, name="give-opinion"),
    path("log/", log.log_page, name="log"),
    path("mandates/<str:contest>/", mandates.mandates, name="mandates"),
    path("publication/mandates/", mandates.find, name="find-mandates"),
    path("publication/mandates/<str:contest>/", mandates.record, name="record-mandates"),
    path("publication/mandates/<str:contest>/<int:number>/decide/", mandates.decide, name="decide-mandates"),
    path("data/", data.data, name="data"),
    path("corrections.atom", corrections, name="corrections"),
    path("widget/<str:contest>/", widget.widget, name="widget"),
    path("widget/<str:contest>/<str:place>/", widget.widget, name="widget-in"),
    path("earlier/<str:contest>/", earlier.earlier, name="earlier"),
    path("publication/", views.publication, name="publication"),
    path("publication/bulletin/", views.bulletin, name="publish-bulletin"),
    path("publication/pause/", pausing_views.pause, name="pause-publication"),
    path("publication/resume/", pausing_views.resume, name="resume-publication"),
    path("publication/schedule/", pausing_views.schedule, name="schedule-bulletins"),
    path("publication/final/", views.final, name="propose-final"),
    path("publication/final/<int:number>/approve/", views.approve, name="approve-final"),
]
