"""Every route of the system. Each declares who may call it (accounts/access.py)."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from accounts.admin import site as accounts_site
from config import health
from results.exports.views import download, log_election_package
from results.public import log, pages
from tallies.views.offline import service_worker

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/", include("tallies.api_urls")),
    path("api/v1/", include("results.api_urls")),
    path("api/v1/log/", include("audit.api_urls")),
    path("log/election/<str:sha256>.zip", log_election_package, name="log_election_package"),
    path("downloads/<str:election>/<str:label>/<str:contest>/<str:name>", download, name="download"),
    path("service-worker.js", service_worker, name="service_worker"),
    path("log/", log.log_in_own_language, name="log_in_own_language"),
    path("log/hattama_verify.py", log.log_verifier, name="log_verifier"),
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
