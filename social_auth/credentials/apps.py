from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "social_auth.credentials"
    verbose_name = "Credentials"
