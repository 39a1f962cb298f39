"""The public API and its description."""

from django.urls import path

from results.public import api
from results.public.description import Description

urlpatterns = [
    path("results/<str:contest>/<str:area>/", api.Results.as_view(), name="api-results"),
    path("elections/", api.Elections.as_view(), name="api-elections"),
    path("contests/", api.Contests.as_view(), name="api-contests"),
    path("areas/", api.Areas.as_view(), name="api-areas"),
    path("stations/", api.Stations.as_view(), name="api-stations"),
    path("schema/", Description.as_view(), name="schema"),
]
