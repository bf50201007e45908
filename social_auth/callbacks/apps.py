from django.apps import AppConfig


class CallbacksConfig(AppConfig):
    name = "social_auth.callbacks"
    verbose_name = "Callbacks"
