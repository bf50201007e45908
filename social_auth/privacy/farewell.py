"""The last mail: that the account is erased, to the address that it had and that nothing but this mail still knows."""

from django.urls import reverse

from social_auth.connections.authorize import public_address
from social_auth.notices import mail
from social_auth.notices.letters import written
from social_auth.privacy.models import ErasureReceipt


def receipt_url(receipt: ErasureReceipt) -> str:
    """The page on which whoever has the receipt sees how far the erasure is."""
    return public_address(reverse("erasure-receipt", args=[receipt.code]))


def tell_of_erasure(receipt: ErasureReceipt, address: str) -> None:
    """Leave the mail in the outbox, sealed; it names no account, and is gone once it is sent or given up."""
    if address:
        link = receipt_url(receipt)
        told = {"receipt": receipt.code, "happened_at": receipt.requested_at, "link": link}
        mail.post(written("erased", address, told, links=[link]), about="erased")
