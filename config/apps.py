"""The roof as a Django app: it makes the Celery application known to every process, and opens no other's database."""

from importlib import import_module

from django.apps import AppConfig

from config import mark


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        import_module("config.celery")
        mark.watch()
