"""The seven providers. Adding one: its file here, one line in this table and one in `connect.network_table`."""

from connect.network_table import Network
from social_auth.providers.base import Adapter
from social_auth.providers.facebook.adapter import Facebook
from social_auth.providers.google.adapter import Google
from social_auth.providers.instagram.adapter import Instagram
from social_auth.providers.linkedin.adapter import LinkedIn
from social_auth.providers.pinterest.adapter import Pinterest
from social_auth.providers.tiktok.adapter import TikTok
from social_auth.providers.twitter.adapter import Twitter

ADAPTERS: dict[str, Adapter] = {
    adapter.network: adapter
    for adapter in (Instagram(), Facebook(), Twitter(), Google(), TikTok(), LinkedIn(), Pinterest())
}
assert set(ADAPTERS) == set(Network)  # noqa: S101 - a network without an adapter must not start


def adapter_for(network: str) -> Adapter:
    return ADAPTERS[network]
