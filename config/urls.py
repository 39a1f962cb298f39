"""Every route of the system. Each declares who may call it (accounts/access.py)."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from accounts.admin import site as accounts_site

urlpatterns: list[URLPattern | URLResolver] = []

urlpatterns += i18n_patterns(
    path("", include("accounts.urls")),
    path("admin/", accounts_site.urls),
)
