from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "aviation.fleet"
    label = "fleet"
    verbose_name = "Fleet"
