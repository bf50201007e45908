from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "social_auth.assets"
    verbose_name = "Assets"
