from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "results"

    def ready(self) -> None:
        from audit.journal import keep  # noqa: PLC0415 (needs the applications)
        from results.kept import KEPT  # noqa: PLC0415

        keep(*KEPT)
