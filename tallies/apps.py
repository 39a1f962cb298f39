from django.apps import AppConfig


class TalliesConfig(AppConfig):
    name = "tallies"

    def ready(self) -> None:
        from audit.journal import keep  # noqa: PLC0415 (needs the applications)
        from tallies.kept import AFTERWARDS, KEPT  # noqa: PLC0415

        keep(*KEPT, afterwards=AFTERWARDS)
