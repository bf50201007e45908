from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "social_auth.connections"
    verbose_name = "Connections"
