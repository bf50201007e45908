"""Tokens as they lie in the database: sealed in the vault, each bound to its row."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Q

from social_auth.credentials import vault
from social_auth.wire.secret import Secret

NAMED_PREFIX = 16
"""How many characters of a refresh token Google's security events may name it by."""


def double_digest(token: str) -> str:
    """SHA-512 of the SHA-512, in base64: how Google's security events name a refresh token. Nothing for nothing."""
    if not token:
        return ""
    return base64.b64encode(hashlib.sha512(hashlib.sha512(token.encode()).digest()).digest()).decode()


class SealedQuerySet(models.QuerySet[Any]):
    def sealed_under(self, key_ids: Iterable[str]) -> Self:
        """Those that need one of these keys to be opened."""
        return self.filter(Q(key_id__in=key_ids) | Q(refresh_key_id__in=key_ids))

    def under_old_keys(self) -> Self:
        """Those that need another key than the newest."""
        newest = vault.newest_key()
        return self.filter(~Q(key_id=newest) | ~Q(refresh_key_id__in=("", newest)))


class SealedTokens(models.Model):
    """Two tokens as ciphertexts that open only in this row."""

    access_cipher = models.TextField(blank=True)
    refresh_cipher = models.TextField(blank=True)
    key_id = models.CharField(max_length=32, blank=True, db_index=True)
    refresh_key_id = models.CharField(
        max_length=32, blank=True, default="", db_default="", help_text="The refresh token's key, if it is another one"
    )

    class Meta:
        abstract = True

    def seal(self, secret: Secret) -> None:
        self.access_cipher = vault.encrypt(secret.access_token, bound_to=self.place("access"))
        self.refresh_cipher = vault.encrypt(secret.refresh_token, bound_to=self.place("refresh"))
        self.key_id, self.refresh_key_id = vault.newest_key(), ""

    def open(self) -> Secret:
        """Return the tokens; raises vault.Undecipherable."""
        return Secret(
            access_token=self.open_access_token(),
            refresh_token=self.open_refresh_token(),
        )

    def open_refresh_token(self) -> str:
        return vault.decrypt(self.refresh_cipher, bound_to=self.place("refresh"))

    def open_access_token(self) -> str:
        """The access token alone: it may open where the refresh token does not. Raises vault.Undecipherable."""
        return vault.decrypt(self.access_cipher, bound_to=self.place("access"))

    def sealed(self) -> dict[str, str]:
        """The columns that sealing writes, for an update."""
        columns = ("access_cipher", "refresh_cipher", "key_id", "refresh_key_id")
        return {name: getattr(self, name) for name in columns}

    def place(self, field: str) -> str:
        """What a ciphertext of this row is bound to."""
        return f"{self._meta.db_table}:{self.pk}:{field}"
