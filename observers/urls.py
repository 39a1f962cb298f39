"""Pages of observers and commissions."""

from django.urls import path

from observers import views
from observers.pages import analysis, areas, changes, copies, results, sample, stations

urlpatterns = [
    path("observe/stations/<str:station>/", stations.station_file, name="observers-station"),
    path("observe/areas/<str:place>/", areas.area_file, name="observers-area"),
    path("observe/analysis/", analysis.analysis, name="observers-analysis"),
    path("observe/sample/", sample.sample, name="observers-sample"),
    path("observe/changes/", changes.changes, name="observers-changes"),
    path("observe/copies/", copies.copies, name="observers-copies"),
    path("observe/copies/<str:station>/<str:contest>/", copies.one_copy, name="observers-copy"),
    path("observe/", views.events, name="observers"),
    path("observe/events/<int:event_id>/", views.event, name="observers-event"),
    path("observe/events/<int:event_id>/proof", views.event_proof, name="observers-event-proof"),
    path("observe/results/", results.choose_results, name="observers-choose-results"),
    path(
        "observe/photographs/<str:contest>/<str:place>/<str:sha256>.jpg",
        results.photograph,
        name="observers-photograph",
    ),
    path("observe/results/<str:contest>/<str:place>/", results.results, name="observers-results"),
]
