from social_auth.models.assets import Asset
from social_auth.models.background import Discovery, Engagement
from social_auth.models.callbacks import DeletionRequest, Erasure, ErasureReceipt, SeenOnce
from social_auth.models.credentials import Credential, CredentialQuerySet, Revocation, SealedTokens, Secret, TokenKey
from social_auth.models.engine import NetworkPause, ProviderDay
from social_auth.models.mails import Mail
from social_auth.models.storms import ProviderMinute
from social_auth.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookSecret

__all__ = [
    "Asset", "Credential", "CredentialQuerySet", "DeletionRequest", "Discovery", "Engagement",
    "Erasure", "ErasureReceipt", "Mail", "NetworkPause", "ProviderDay",
    "ProviderMinute", "Revocation", "SealedTokens", "Secret", "SeenOnce", "TokenKey",
    "WebhookDelivery", "WebhookEndpoint", "WebhookSecret",
]  # fmt: skip
