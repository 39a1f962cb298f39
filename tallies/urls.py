"""Pages of stations and commissions."""

from django.urls import path

from tallies.views import correction, decisions, desk, protocol, station

app_name = "tallies"
_PROTOCOL = "<str:station>/<str:contest>/"

urlpatterns = [
    path("station/", station.station, name="station"),
    path(f"station/{_PROTOCOL}", protocol.protocol, name="protocol"),
    path(f"station/{_PROTOCOL}findings/", protocol.protocol_findings, name="protocol_findings"),
    path("desk/", desk.desk, name="desk"),
    path(f"desk/{_PROTOCOL}", decisions.desk_protocol, name="desk_protocol"),
    path(f"desk/{_PROTOCOL}accept/", decisions.accept_held_page, name="accept_held"),
    path(f"desk/{_PROTOCOL}return/", decisions.return_held_page, name="return_held"),
    path(f"desk/{_PROTOCOL}correct/", correction.correct, name="correct"),
    path(f"desk/{_PROTOCOL}annul/", decisions.annul_page, name="annul"),
]
