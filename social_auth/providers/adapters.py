"""The adapters of all networks: each network of `connect.network_table` has a folder of its name here."""

from importlib import import_module

from connect.network_table import Network
from social_auth.providers.base import Adapter

ADAPTERS: dict[str, Adapter] = {
    network: import_module(f"social_auth.providers.{network}.adapter").ADAPTER for network in Network
}


def adapter_for(network: str) -> Adapter:
    return ADAPTERS[network]
