from django.apps import AppConfig


class SocialAuthConfig(AppConfig):
    name = "social_auth"
    verbose_name = "Refresh"

    def ready(self) -> None:
        from config import metrics  # noqa: F401 - registers the system checks
        from social_auth.assets import discovery
        from social_auth.credentials import checks, revocation
        from social_auth.sign_in.staff import sitting

        sitting.listen()
        revocation.listen()
        discovery.listen()
        metrics.register()
