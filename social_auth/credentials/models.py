from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connect.due_work.leases import DueFields, LeaseQuerySet
from connect.network_table import Network
from networks.models import SocialNetwork
from networks.schedules import lane_indexes
from social_auth.credentials import vault
from social_auth.credentials.sealing import NAMED_PREFIX, SealedQuerySet, SealedTokens, double_digest
from social_auth.providers.records import Proof
from social_auth.wire.secret import Secret

OF_AN_EXCHANGE = "exchanged:"
"""The beginning of `sealed_in` for tokens of a code exchange whose outcome was never settled."""


class CredentialQuerySet(LeaseQuerySet, SealedQuerySet):  # type: ignore[override]
    def with_refresh_token(self, *, digest: str = "", prefix: str = "") -> Self:
        """The credentials with the refresh token that a provider names by its double digest or first characters."""
        if digest:
            return self.filter(refresh_digest=digest).exclude(refresh_digest="")
        if len(prefix) != NAMED_PREFIX:
            return self.none()
        return self.filter(refresh_prefix_digest=double_digest(prefix)).exclude(refresh_digest="")

    def store(
        self,
        network: SocialNetwork,
        proof: Proof,
        dates: "Callable[[Credential], dict[str, Any]]",
        *,
        is_new: bool = False,
    ) -> "Credential":
        """Seal the proof's tokens in place of the old ones; `dates` returns more columns to write with them.

        If the proof has no refresh token, the old one stays. If the network `is_new`, there is no old one.
        """
        old = None if is_new else self.select_for_update().filter(pk=network.pk).first()
        credential = Credential(
            network=network,
            provider=network.network,
            scopes=list(proof.scopes),
            expires_at=proof.expires_at,
            client_id=proof.client_id,
            version=old.version + 1 if old else 0,
        )
        credential.seal(proof.secret)
        if old and not proof.secret.refresh_token:
            credential.keep_refresh_token(old)
        for name, value in dates(credential).items():
            setattr(credential, name, value)
        credential.save(force_insert=old is None, force_update=old is not None)
        return credential


class Credential(SealedTokens, DueFields):
    """The tokens of one connected account. Deleted when the network is disconnected."""

    network = models.OneToOneField(SocialNetwork, on_delete=models.CASCADE, primary_key=True, related_name="credential")
    provider = models.CharField(max_length=16, choices=Network.choices, editable=False)
    """`network.network`, copied here for the indexes."""
    scopes = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="The end of the access token")
    grant_ends_at = models.DateTimeField(null=True, blank=True, help_text="The end of what renews it")
    data_access_ends_at = models.DateTimeField(null=True, blank=True, help_text="When Meta stops telling us anything")
    client_id = models.CharField(max_length=191, blank=True)
    obtained_at = models.DateTimeField(default=timezone.now)
    renewed_at = models.DateTimeField(null=True, blank=True, help_text="When it was last renewed, if by us")
    refused_at = models.DateTimeField(null=True, blank=True, help_text="When its provider refused to renew it")
    unbelieved_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its provider refused to renew it, and too many others"
    )
    asked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a renewal was begun whose answer is not written yet"
    )
    version = models.PositiveIntegerField(default=0, help_text="Grows with every renewal and reconnect")
    refresh_digest = models.CharField(max_length=88, blank=True, editable=False)
    refresh_prefix_digest = models.CharField(max_length=88, blank=True, editable=False)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        indexes = [
            *lane_indexes("credential"),
            models.Index(fields=["refresh_key_id"], condition=~Q(refresh_key_id=""), name="credential_refresh_key"),
            models.Index(fields=["refresh_digest"], condition=~Q(refresh_digest=""), name="credential_digest"),
            models.Index(fields=["refresh_prefix_digest"], condition=~Q(refresh_digest=""), name="credential_prefix"),
        ]

    def __str__(self) -> str:
        return f"credential of network {self.pk}"

    def save(self, **options: Any) -> None:
        self.provider = self.provider or self.network.network
        super().save(**options)

    def seal(self, secret: Secret) -> None:
        super().seal(secret)
        self.refresh_digest = double_digest(secret.refresh_token)
        self.refresh_prefix_digest = double_digest(secret.refresh_token[:NAMED_PREFIX])

    def sealed(self) -> dict[str, str]:
        digests = {"refresh_digest": self.refresh_digest, "refresh_prefix_digest": self.refresh_prefix_digest}
        return super().sealed() | digests

    def keep_refresh_token(self, old: Self) -> None:
        """Take over the old refresh token as it is sealed, even if this process lacks its key, and its `asked_at`.

        A damaged one is left out: the creator has to connect again. Without an old one, the old access token renewed
        itself, and its end and `asked_at` do not hold for the new one.
        """
        if not old.refresh_cipher:
            return
        try:
            old.open_refresh_token()
        except vault.UnknownKey:
            pass
        except vault.Undecipherable:
            return
        self.refresh_cipher = old.refresh_cipher
        self.refresh_key_id = old.refresh_key_id or old.key_id
        self.refresh_digest, self.refresh_prefix_digest = old.refresh_digest, old.refresh_prefix_digest
        self.grant_ends_at, self.asked_at = old.grant_ends_at, old.asked_at

    def is_over(self, life: timedelta | None) -> bool:
        """Whether a credential without a known end must be dead by now, given how long the provider's tokens live."""
        renewable = self.expires_at is not None or self.refresh_cipher != ""
        return not renewable and life is not None and self.obtained_at + life < timezone.now()

    def was_renewed_since(self, moment: datetime) -> bool:
        """Whether it was renewed after that moment, and no later renewal was refused."""
        return self.renewed_at is not None and self.renewed_at > moment and self.refused_at is None

    def was_refused_before(self, moment: datetime) -> bool:
        """Whether the provider had refused to renew it by then."""
        return self.refused_at is not None and self.refused_at <= moment

    def outlived_by(self, end: datetime | None) -> bool:
        """Whether a credential that ends at `other` (None: not known) is known to last longer than this one."""
        return self.expires_at is not None and end is not None and end > self.expires_at + timedelta(minutes=1)


class RevocationQuerySet(LeaseQuerySet, SealedQuerySet):  # type: ignore[override]
    pass


class Revocation(SealedTokens, DueFields):
    """Tokens to be revoked at the provider: of a disconnected network, or of none (null) if no record could take them.

    They are wiped as soon as the provider has answered.
    """

    network = models.ForeignKey(SocialNetwork, on_delete=models.CASCADE, null=True, related_name="revocations")
    receipt = models.ForeignKey(
        "privacy.ErasureReceipt", on_delete=models.SET_NULL, null=True, related_name="revocations"
    )
    """The receipt of the erasure that this belongs to."""
    provider = models.CharField(max_length=16, choices=Network.choices)
    provider_uid = models.CharField(max_length=191, blank=True)
    sealed_in = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    """The table and row to which the ciphertexts are bound, if that is not this row."""
    answer = models.CharField(max_length=200, blank=True, help_text="What the provider said")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RevocationQuerySet.as_manager()

    class Meta:
        indexes = lane_indexes("revocation")

    def __str__(self) -> str:
        return f"revocation #{self.pk} of network {self.network_id}"

    def seal(self, secret: Secret) -> None:
        self.sealed_in = ""
        super().seal(secret)

    def reseal(self, secret: Secret) -> None:
        """Take newer tokens of the same grant. `sealed_in` stays, as they too may be in use."""
        super().seal(secret)

    def take_over(self, credential: Credential) -> None:
        """Take a credential's tokens as they are sealed, as this process may lack their key."""
        self.sealed_in = credential.place("")
        for name, value in SealedTokens.sealed(credential).items():
            setattr(self, name, value)

    def sealed(self) -> dict[str, str]:
        return super().sealed() | {"sealed_in": self.sealed_in}

    @property
    def may_be_in_use(self) -> bool:
        """Whether a connection may use this very token: the call that obtained it died before it was settled."""
        return self.sealed_in.startswith(OF_AN_EXCHANGE)

    def place(self, field: str) -> str:
        return f"{self.sealed_in}{field}" if self.sealed_in else super().place(field)


class TokenKey(models.Model):
    """The fingerprint of a key, by which a wrong key is noticed before anything is sealed under it."""

    key_id = models.CharField(max_length=32, unique=True)
    fingerprint = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.key_id
