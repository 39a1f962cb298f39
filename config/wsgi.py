"""The web process's entry point."""

import os

from django.core.wsgi import get_wsgi_application

from config import mark

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
mark.look_at_once()
