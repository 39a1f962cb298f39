"""Where stations send protocols to by program."""

from django.urls import path

from tallies.api import Protocols
from tallies.photograph_api import Photographs
from tallies.turnout_api import Turnout

app_name = "tallies_api"

urlpatterns = [
    path("protocols/", Protocols.as_view(), name="protocols"),
    path("photographs/", Photographs.as_view(), name="photographs"),
    path("turnout/", Turnout.as_view(), name="turnout"),
]
