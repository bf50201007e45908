from typing import Any

from django.urls import URLPattern, path

from connect.network_table import Network
from social_auth.connections.link_views import LinkView
from social_auth.connections.views import ConnectView, NetworkTypes


def connect(name: str, network: Network, label: str) -> URLPattern:
    view: Any = ConnectView.as_view(network=network, label=label)
    return path(f"auth/{name}/", view)


urlpatterns = [
    path("connect/link/", LinkView.as_view()),
    path("get/network-types/", NetworkTypes.as_view()),
    connect("facebook", Network.FACEBOOK, "Facebook"),
    connect("google", Network.YOUTUBE, "Google"),
    connect("youtube", Network.YOUTUBE, "YouTube"),
    connect("instagram", Network.INSTAGRAM, "Instagram"),
    connect("twitter", Network.TWITTER, "Twitter"),
    connect("tiktok", Network.TIKTOK, "TikTok"),
    connect("linkedin", Network.LINKEDIN, "LinkedIn"),
    connect("pinterest", Network.PINTEREST, "Pinterest"),
]
