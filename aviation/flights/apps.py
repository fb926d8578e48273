from django.apps import AppConfig


class FlightsConfig(AppConfig):
    name = "aviation.flights"
    label = "flights"
    verbose_name = "Flights"
