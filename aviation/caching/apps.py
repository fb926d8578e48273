from django.apps import AppConfig


class CachingConfig(AppConfig):
    name = "aviation.caching"
    label = "caching"
    verbose_name = "Caching"
