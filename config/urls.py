"""Every route of the system. Each declares who may call it (accounts/access.py)."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("tallies.api_urls")),
]

urlpatterns += i18n_patterns(
    path("", include("tallies.urls")),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
)
