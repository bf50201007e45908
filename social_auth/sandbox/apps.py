from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "social_auth.sandbox"
    verbose_name = "Sandbox"
