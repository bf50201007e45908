"""Keeps webhooks out of our own network, whatever a host name resolves to when one is sent."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TUNNELS = [
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "::/96")
]
"""IPv6 addresses in which a private IPv4 address can be wrapped (NAT64, 6to4, Teredo), or that are old private ones."""


class Refused(Exception):
    """Nothing may be sent to this address; the message says why."""


def check_url(url: str) -> SplitResult:
    """Return the parts of a URL that may be an endpoint; raises Refused."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise Refused("Not a URL") from None
    if not url.isascii() or any(letter.isspace() for letter in url):
        raise Refused("Letters beyond ASCII and spaces must be encoded")
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.WEBHOOKS_PRIVATE):
        raise Refused("It must begin with https://")
    if not host or parts.username is not None or parts.fragment or port == 0:
        raise Refused("It needs a host, and neither a user nor a fragment")
    return parts


def check_addresses(addresses: list[str]) -> None:
    """Raises Refused if any of a host's addresses is not public."""
    if not (settings.WEBHOOKS_PRIVATE or all(map(is_public, addresses))):
        raise Refused("It leads to an address that is not public")


def is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in tunnel for tunnel in TUNNELS):
            return False
    return ip.is_global and not ip.is_multicast
