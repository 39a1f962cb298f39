from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.kept import KEPT  # noqa: PLC0415 (needs the applications)
        from audit.journal import keep  # noqa: PLC0415

        keep(*KEPT)
