from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "aviation.pages"
    label = "pages"
