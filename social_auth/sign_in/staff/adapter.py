"""Seals the secrets of second factors in the vault, under the same keys as providers' tokens."""

from allauth.mfa.adapter import DefaultMFAAdapter

from social_auth.credentials import vault
from social_auth.sign_in.staff.sealed_factors import PLACE


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return vault.encrypt(text, bound_to=PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.decrypt(encrypted_text, bound_to=PLACE)
