"""The columns of sealed tokens: each ciphertext is bound to its row."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Q

from social_auth.credentials import vault
from social_auth.wire.secret import Secret

NAMED_PREFIX = 16
"""Google's security events may name a refresh token by so many of its first characters."""


def double_digest(token: str) -> str:
    """SHA-512 of the SHA-512, in base64, as Google's security events name a refresh token; empty stays empty."""
    if not token:
        return ""
    return base64.b64encode(hashlib.sha512(hashlib.sha512(token.encode()).digest()).digest()).decode()


class SealedQuerySet(models.QuerySet[Any]):
    def sealed_under(self, key_ids: Iterable[str]) -> Self:
        """Rows sealed under one of these keys."""
        return self.filter(Q(key_id__in=key_ids) | Q(refresh_key_id__in=key_ids))

    def under_old_keys(self) -> Self:
        """Rows sealed under another key than the newest."""
        newest = vault.newest_key()
        return self.filter(~Q(key_id=newest) | ~Q(refresh_key_id__in=("", newest)))


class SealedTokens(models.Model):
    """An access and a refresh token as ciphertexts that can be opened only as part of this row."""

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
        """The access token alone, whose key may differ from the refresh token's. Raises vault.Undecipherable."""
        return vault.decrypt(self.access_cipher, bound_to=self.place("access"))

    def sealed(self) -> dict[str, str]:
        """The columns that sealing writes, for an update."""
        columns = ("access_cipher", "refresh_cipher", "key_id", "refresh_key_id")
        return {name: getattr(self, name) for name in columns}

    def place(self, field: str) -> str:
        """The text to which a ciphertext of this row is bound."""
        return f"{self._meta.db_table}:{self.pk}:{field}"
