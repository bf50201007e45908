"""What providers send us in a test: signed as they sign, unless it is to be forged."""

import base64
import hashlib
import hmac
import json
import time

from django.test import Client

SECRETS = {"facebook": "facebook-client-secret", "instagram": "instagram-client-secret"}


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(uid, secret="facebook-client-secret", age=-1, **more):
    """A signed_request sent `age` seconds ago; by default just after whatever was connected before."""
    payload = {"algorithm": "HMAC-SHA256", "issued_at": int(time.time() - age), "user_id": uid, **more}
    text = encoded(json.dumps(payload).encode())
    return f"{encoded(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}.{text}"


def meta(network, what, signed_request):
    return Client().post(f"/api/callbacks/{network}/{what}/", {"signed_request": signed_request})


def tiktok(uid, *, age=-1, secret="tiktok-client-secret", event="authorization.removed", reason=1, tamper=b"", **more):
    created = int(time.time() - age)
    body = {"client_key": "tiktok-client-id", "event": event, "create_time": created, "user_openid": uid, **more}
    raw = json.dumps(body | {"content": json.dumps({"reason": reason})}).encode()
    signature = hmac.new(secret.encode(), f"{created}.".encode() + raw, hashlib.sha256).hexdigest()
    headers = {"TikTok-Signature": f"t={created},s={signature}"}
    body = raw + tamper
    return Client().post("/api/callbacks/tiktok/", body, content_type="application/json", headers=headers)
