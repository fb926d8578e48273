from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "aviation.tenants"
    label = "tenants"
    verbose_name = "Organizations"
