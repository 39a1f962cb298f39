"""The public API and its description."""

from django.urls import path

from results.exports import api as exports_api
from results.public import api
from results.public.description import Description
from results.public.proofs import ProtocolProof
from results.public.turnout_api import AreaTurnout

urlpatterns = [
    path("results/<str:contest>/<str:area>/", api.Results.as_view(), name="api-results"),
    path("turnout/<str:area>/", AreaTurnout.as_view(), name="api-turnout"),
    path("elections/", api.Elections.as_view(), name="api-elections"),
    path("contests/", api.Contests.as_view(), name="api-contests"),
    path("areas/", api.Areas.as_view(), name="api-areas"),
    path("stations/", api.Stations.as_view(), name="api-stations"),
    path("log/proof/<str:contest>/<str:station>", ProtocolProof.as_view(), name="api-protocol-proof"),
    path("changes/", exports_api.Changes.as_view(), name="api-changes"),
    path("downloads/<str:contest>/", exports_api.Downloads.as_view(), name="api-downloads"),
    path("schema/", Description.as_view(), name="schema"),
]
