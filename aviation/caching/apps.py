from django.apps import AppConfig


class CachingConfig(AppConfig):
    name = "aviation.caching"
    label = "caching"
    verbose_name = "Caching"

    def ready(self) -> None:
        from aviation.caching import checks  # noqa: F401 - registers them
        from aviation.caching.triggers import register_triggers

        register_triggers()
