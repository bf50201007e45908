"""SECRET_KEY and those of before it (SECRET_KEY_FALLBACKS): what was signed by one of them still holds."""

from django.conf import settings


def secrets_in_turn() -> list[str]:
    """All of them, the one that signs first."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
