"""Every route of the system. Each declares who may call it (accounts/access.py)."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from accounts.admin import site as accounts_site
from config import health
from results.exports.views import log_election_package
from results.public import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/", include("tallies.api_urls")),
    path("api/v1/", include("results.api_urls")),
    path("log/election/<str:sha256>.zip", log_election_package, name="log_election_package"),
    path("log/", include("audit.urls")),
    # The one page without a language in its address: it is shown in the reader's own.
    path("", pages.front, name="front"),
]

urlpatterns += i18n_patterns(
    path("", include("results.urls")),
    path("", include("tallies.urls")),
    path("", include("observers.urls")),
    path("", include("accounts.urls")),
    path("admin/", accounts_site.urls),
)
