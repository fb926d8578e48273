from django.apps import AppConfig


class MlResultsConfig(AppConfig):
    name = "aviation.mlresults"
    label = "mlresults"
    verbose_name = "Analyses"
