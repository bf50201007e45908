from django.apps import AppConfig


class RefreshConfig(AppConfig):
    name = "social_auth.refresh"
    verbose_name = "Refresh"
