from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "social_auth.credentials"
    verbose_name = "Credentials"

    def ready(self) -> None:
        # Late: models cannot be imported before every app is known.
        from social_auth.credentials import checks, rescue, revocation, sealed_kinds  # noqa: F401 - registers the checks
        from social_auth.credentials.models import Credential, Revocation

        sealed_kinds.register(sealed_kinds.SealedRows("credential", Credential.objects.all))
        sealed_kinds.register(
            sealed_kinds.SealedRows("revocation", lambda: Revocation.objects.filter(finished_at__isnull=True))
        )
        sealed_kinds.register_kept_aside(rescue.count_under_old_keys)
        revocation.listen()
