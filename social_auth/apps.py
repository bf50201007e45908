from django.apps import AppConfig


class SocialAuthConfig(AppConfig):
    name = "social_auth"
    verbose_name = "Refresh"

    def ready(self) -> None:
        from social_auth import checks, discovery, metrics, revocation  # noqa: F401 - registers the system checks
        from social_auth.staff import sitting

        sitting.listen()
        revocation.listen()
        discovery.listen()
        metrics.register()
