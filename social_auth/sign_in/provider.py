"""Where allauth looks for an app's providers."""

from social_auth.sign_in.adapters import provider_classes

__all__ = ["provider_classes"]
