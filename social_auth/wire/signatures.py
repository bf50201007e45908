"""Checks the signatures of Meta's `signed_request` and TikTok's header: both HMAC-SHA256 under our client secret."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from connect.api.strict_input import Unreadable, read_json


class Forged(Exception):
    """The signature is missing, malformed or not made with our secret."""


def read_signed_request(text: str, secrets: Iterable[str]) -> dict[str, Any]:
    """Return the payload of Meta's `signature.payload`, both base64url without padding; raises Forged.

    Instagram may sign with the secret of either of Meta's products, so several are tried.
    """
    signature, dot, payload = text.partition(".")
    if not dot:
        raise Forged
    mac = _decoded(signature)
    if not any(secret and hmac.compare_digest(mac, _mac(secret, payload)) for secret in secrets):
        raise Forged
    try:
        data = read_json(_decoded(payload))
    except Unreadable as error:
        raise Forged from error
    if not isinstance(data, dict) or str(data.get("algorithm", "")).upper() != "HMAC-SHA256":
        raise Forged
    return data


def check_tiktok(header: str, raw: bytes, secret: str) -> None:
    """Check `t=…,s=…`, where s signs `t.body`; raises Forged."""
    match = re.fullmatch(r"t=([0-9]{1,12}),\s*s=([0-9a-f]{64})", header.strip(), re.ASCII)
    if not match or not secret:
        raise Forged
    text = f"{match[1]}.".encode() + raw
    if not hmac.compare_digest(match[2], hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()):
        raise Forged


def moment(value: Any) -> datetime:
    """Return a Unix time given as a number or, as was seen once, as text; raises Forged."""
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,11}", text, re.ASCII):
        raise Forged
    return datetime.fromtimestamp(int(text), UTC)


def _mac(secret: str, payload: str) -> bytes:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()


def _decoded(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", text, re.ASCII):
        raise Forged
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError) as error:
        raise Forged from error
