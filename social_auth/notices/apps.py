from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "social_auth.notices"
    verbose_name = "Webhooks and mails"
