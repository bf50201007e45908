"""Rows that are made and not earned: for tests, benchmarks and demo data. A trait is a state that takes long to reach.

`make` a row as its trait says; what a call of the API does, with its flags, events and mails, it does not do.
"""

from social_auth.demo.factories.people import UserFactory
from social_auth.demo.factories.records import ChannelFactory, NetworkFactory, PageFactory, WallFactory
from social_auth.demo.factories.work import (
    AssetFactory,
    CredentialFactory,
    DiscoveryFactory,
    EngagementFactory,
    ErasureFactory,
    MailFactory,
    NetworkPauseFactory,
    RevocationFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)

__all__ = [
    "AssetFactory", "ChannelFactory", "CredentialFactory", "DiscoveryFactory", "EngagementFactory", "ErasureFactory",
    "MailFactory", "NetworkFactory", "NetworkPauseFactory", "PageFactory", "RevocationFactory", "UserFactory",
    "WallFactory", "WebhookDeliveryFactory", "WebhookEndpointFactory",
]  # fmt: skip
