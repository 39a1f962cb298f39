from django.apps import AppConfig


class StationsConfig(AppConfig):
    name = "stations"

    def ready(self) -> None:
        from audit.journal import keep  # noqa: PLC0415 (needs the applications)
        from stations.kept import AFTERWARDS, KEPT  # noqa: PLC0415

        keep(*KEPT, afterwards=AFTERWARDS)
