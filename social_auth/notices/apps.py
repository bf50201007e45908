from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "social_auth.notices"
    verbose_name = "Webhooks and mails"

    def ready(self) -> None:
        # Late: models cannot be imported before every app is known.
        from social_auth.credentials import sealed_kinds
        from social_auth.notices.models import Mail, WebhookSecret

        sealed_kinds.register(sealed_kinds.SealedRows("webhook_secret", WebhookSecret.objects.all))
        sealed_kinds.register(sealed_kinds.SealedRows("mail", Mail.objects.awaited))
