from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "social_auth.privacy"
    verbose_name = "Privacy"
