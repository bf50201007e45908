from django.apps import AppConfig

from connect import retention


class ProvidersConfig(AppConfig):
    name = "social_auth.providers"
    verbose_name = "Providers"

    def ready(self) -> None:
        from social_auth.providers.adapters import ADAPTERS  # models are there by now

        retention.RULES.update({network: adapter.keeps for network, adapter in ADAPTERS.items()})
