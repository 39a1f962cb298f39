"""The public API and its description."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from results.public import api

DESCRIPTION = {"TITLE": "Hattama", "VERSION": "1"}

urlpatterns = [
    path("results/<str:contest>/<str:area>/", api.Results.as_view(), name="api-results"),
    path("elections/", api.Elections.as_view(), name="api-elections"),
    path("contests/", api.Contests.as_view(), name="api-contests"),
    path("areas/", api.Areas.as_view(), name="api-areas"),
    path("stations/", api.Stations.as_view(), name="api-stations"),
    path("schema/", SpectacularAPIView.as_view(custom_settings=DESCRIPTION), name="schema"),
]
