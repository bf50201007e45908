from django.db import models


class IdentityKey(models.Model):
    """The fingerprint of a key under which erased accounts were hashed, by which a wrong or missing key is noticed."""

    key_id = models.CharField(max_length=32, unique=True)
    fingerprint = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.key_id
