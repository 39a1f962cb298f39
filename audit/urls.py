"""The log's routes, beneath /log/."""

from django.urls import path

from audit import views

urlpatterns = [
    path("checkpoint", views.log_checkpoint, name="log_checkpoint"),
    path("vkey", views.log_vkey, name="log_vkey"),
    path("hattama_witness.py", views.log_witness_program, name="log_witness_program"),
    path("schemas/", views.log_schemas, name="log_schemas"),
    path("schemas/<str:name>", views.log_schema, name="log_schema"),
    path("tile/<path:path>", views.log_tile, name="log_tile"),
]
