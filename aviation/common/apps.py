from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "aviation.common"
    label = "common"
