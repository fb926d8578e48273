from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import security_events  # noqa: F401 - listens for failed sign-ins
        from accounts.signing_in import checks  # noqa: F401 - registers them
