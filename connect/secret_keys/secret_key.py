"""SECRET_KEY and the earlier ones (SECRET_KEY_FALLBACKS), whose signatures are still valid."""

from django.conf import settings


def secret_key_and_fallbacks() -> list[str]:
    """All of them; the first one signs."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
