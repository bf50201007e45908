from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "social_auth.assets"
    verbose_name = "Assets"

    def ready(self) -> None:
        # Late: models cannot be imported before every app is known.
        from social_auth.assets import discovery

        discovery.listen()
