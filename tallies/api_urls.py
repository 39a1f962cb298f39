"""Where stations send protocols to by program."""

from django.urls import path

from tallies.api import Protocols

app_name = "tallies_api"

urlpatterns = [path("protocols/", Protocols.as_view(), name="protocols")]
