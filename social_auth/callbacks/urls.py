from typing import Any

from django.urls import URLPattern, path

from connect.network_table import Network
from social_auth.callbacks.views import MetaDataDeletion, MetaDeauthorize, SecurityEventView, TikTokCallback


def meta(name: str, view: Any, network: Network) -> URLPattern:
    return path(f"callbacks/{network}/{name}/", view.as_view(network=network, label=network.label))


urlpatterns = [
    meta("deauthorize", MetaDeauthorize, Network.FACEBOOK),
    meta("data-deletion", MetaDataDeletion, Network.FACEBOOK),
    meta("deauthorize", MetaDeauthorize, Network.INSTAGRAM),
    meta("data-deletion", MetaDataDeletion, Network.INSTAGRAM),
    path("callbacks/tiktok/", TikTokCallback.as_view()),
    path("callbacks/google/", SecurityEventView.as_view()),
]
