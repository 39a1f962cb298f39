"""The log's routes, beneath /log/."""

from django.urls import path

from audit import views

urlpatterns = [
    path("checkpoint", views.log_checkpoint, name="log_checkpoint"),
    path("vkey", views.log_vkey, name="log_vkey"),
    path("tile/<path:path>", views.log_tile, name="log_tile"),
]
