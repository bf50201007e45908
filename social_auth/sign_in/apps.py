from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "social_auth.sign_in"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        # Late: models cannot be imported before every app is known.
        from social_auth.credentials import sealed_kinds
        from social_auth.sign_in import checks  # noqa: F401 - registers them
        from social_auth.sign_in.staff import session_limits
        from social_auth.sign_in.staff.sealed_factors import SecondFactors

        sealed_kinds.register(SecondFactors())
        session_limits.listen()
