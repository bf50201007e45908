from django.apps import AppConfig


class RefreshConfig(AppConfig):
    name = "social_auth.refresh"
    verbose_name = "Refresh"

    def ready(self) -> None:
        # Late: models cannot be imported before every app is known.
        from social_auth.refresh import engagement

        engagement.listen()
