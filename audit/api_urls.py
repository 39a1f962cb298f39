"""The log's API, beneath /api/v1/log/."""

from django.urls import path

from audit import api

urlpatterns = [
    path("proof/<str:index>", api.Proof.as_view(), name="log_proof"),
    path("consistency/<str:old_size>/<str:size>", api.Consistency.as_view(), name="log_consistency"),
    path("cosignatures", api.Cosignatures.as_view(), name="log_cosignatures"),
    path("checkpoints", api.Checkpoints.as_view(), name="log_checkpoints"),
]
