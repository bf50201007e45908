"""The mail that the account is erased, to its former address, which is stored nowhere but in this mail."""

from django.urls import reverse

from social_auth.connections.authorize import public_address
from social_auth.notices import mail
from social_auth.notices.letters import render_letter
from social_auth.privacy.models import ErasureReceipt


def receipt_url(receipt: ErasureReceipt) -> str:
    """The page that shows how far the erasure is."""
    return public_address(reverse("erasure-receipt", args=[receipt.code]))


def tell_of_erasure(receipt: ErasureReceipt, address: str) -> None:
    """Put the mail into the outbox, sealed. It names no account, and is deleted once it is sent or given up."""
    if address:
        link = receipt_url(receipt)
        context = {"receipt": receipt.code, "happened_at": receipt.requested_at, "link": link}
        mail.post(render_letter("erased", address, context, links=[link]), about="erased")
