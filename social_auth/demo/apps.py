from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "social_auth.demo"
    verbose_name = "Demo"
