from typing import Any

from django.urls import URLPattern, path

from connect.network_table import Network
from social_auth.assets.views import NetworkAssets
from social_auth.callbacks.views import MetaDataDeletion, MetaDeauthorize, SecurityEventView, TikTokCallback
from social_auth.connections.views import ConnectView, NetworkTypes
from social_auth.privacy.views import AccountErase, AccountEraseCode, AccountEraseStatus, AccountExport
from social_auth.refresh.views import NetworkRefresh
from social_auth.sign_in.move_views import SignInMove


def connect(name: str, network: Network, label: str) -> URLPattern:
    view: Any = ConnectView.as_view(network=network, label=label)
    return path(f"auth/{name}/", view)


def meta(name: str, view: Any, network: Network) -> URLPattern:
    return path(f"callbacks/{network}/{name}/", view.as_view(network=network, label=network.label))


urlpatterns = [
    path("account/export/", AccountExport.as_view()),
    path("account/erase/", AccountErase.as_view()),
    path("account/erase/code/", AccountEraseCode.as_view()),
    path("account/erase/status/", AccountEraseStatus.as_view()),
    path("account/sign-in/move/", SignInMove.as_view()),
    path("network/refresh/", NetworkRefresh.as_view()),
    path("get/network-assets/", NetworkAssets.as_view()),
    path("get/network-types/", NetworkTypes.as_view()),
    connect("facebook", Network.FACEBOOK, "Facebook"),
    connect("google", Network.YOUTUBE, "Google"),
    connect("youtube", Network.YOUTUBE, "YouTube"),
    connect("instagram", Network.INSTAGRAM, "Instagram"),
    connect("twitter", Network.TWITTER, "Twitter"),
    connect("tiktok", Network.TIKTOK, "TikTok"),
    connect("linkedin", Network.LINKEDIN, "LinkedIn"),
    connect("pinterest", Network.PINTEREST, "Pinterest"),
    meta("deauthorize", MetaDeauthorize, Network.FACEBOOK),
    meta("data-deletion", MetaDataDeletion, Network.FACEBOOK),
    meta("deauthorize", MetaDeauthorize, Network.INSTAGRAM),
    meta("data-deletion", MetaDataDeletion, Network.INSTAGRAM),
    path("callbacks/tiktok/", TikTokCallback.as_view()),
    path("callbacks/google/", SecurityEventView.as_view()),
]
