from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "aviation.audit"
    label = "audit"

    def ready(self) -> None:
        from aviation.audit import checks  # noqa: F401 - registers them
        from aviation.audit.triggers import register_triggers

        register_triggers()
