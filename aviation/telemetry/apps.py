from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "aviation.telemetry"
    label = "telemetry"
    verbose_name = "Telemetry"

    def ready(self) -> None:
        from aviation.flights.signals import flight_ended
        from aviation.telemetry.streaming.announcing import finish_when_ended

        flight_ended.connect(finish_when_ended, dispatch_uid="finish streamed flight")
