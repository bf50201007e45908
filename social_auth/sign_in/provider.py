"""allauth looks here for the providers of this app."""

from social_auth.sign_in.adapters import provider_classes

__all__ = ["provider_classes"]
