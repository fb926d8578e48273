from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    label = "analytics"
    verbose_name = "Analytics"

    def ready(self) -> None:
        from analytics.announcing import refresh_soon
        from aviation.flights.signals import flight_deleted, flight_ended
        from aviation.mlresults.signals import assessment_stored

        for signal in (flight_ended, flight_deleted, assessment_stored):
            signal.connect(refresh_soon, dispatch_uid="refresh the figures")
