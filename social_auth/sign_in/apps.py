from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "social_auth.sign_in"
    verbose_name = "Sign-in"
