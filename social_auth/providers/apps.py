from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "social_auth.providers"
    verbose_name = "Providers"
