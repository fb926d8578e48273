from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "aviation.common"
    label = "common"

    def ready(self) -> None:
        from aviation.common import production_checks  # noqa: F401 - registers them
