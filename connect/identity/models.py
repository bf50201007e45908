from django.db import models


class IdentityKey(models.Model):
    """What we remember of a key that erased accounts are hashed with, so that a wrong or missing one is noticed."""

    key_id = models.CharField(max_length=32, unique=True)
    fingerprint = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.key_id
