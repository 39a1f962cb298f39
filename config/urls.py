"""Every route of the system."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("log/", include("audit.urls")),
]
