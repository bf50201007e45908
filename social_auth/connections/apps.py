from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "social_auth.connections"
    verbose_name = "Connections"

    def ready(self) -> None:
        # Late: models cannot be imported before every app is known.
        from social_auth.connections import exchanges, links
        from social_auth.credentials import sealed_kinds
        from social_auth.notices import reconnecting

        sealed_kinds.register_kept_aside(exchanges.count_under_old_keys)
        reconnecting.register(links.reconnect_link)
