from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "aviation.telemetry"
    label = "telemetry"
    verbose_name = "Telemetry"
