from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "aviation.demo"
    label = "demo"
