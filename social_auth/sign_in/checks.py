"""System checks for production."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def only_our_providers(app_configs: Any, **_: Any) -> list[Error]:
    """allauth's own providers accept tokens that ours refuse, and its dummy provider accepts everything."""
    stock = [app for app in settings.INSTALLED_APPS if app.startswith("allauth.socialaccount.providers")]
    return [Error(f"{app} must not be installed: our adapters are its providers.", id="connect.E001") for app in stock]
