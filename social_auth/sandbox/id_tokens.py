"""Signing of the sandbox's id_tokens and security events, with a key that lives as long as the process."""

import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from social_auth.sandbox.tokens import Token

KEY_ID = f"sandbox-{secrets.token_hex(4)}"  # another process, another key
ISSUER = "https://accounts.google.com"
LIFE = 3600


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key() -> dict[str, Any]:
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key().public_key()))
    return {**jwk, "kid": KEY_ID, "use": "sig", "alg": "RS256"}


@cache
def certificate() -> dict[str, str]:
    """The same key as a PEM certificate, by its id, as in Google's v1 of its keys."""
    now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
    builder = x509.CertificateBuilder(name, name, private_key().public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=3650))
    signed_certificate = builder.sign(private_key(), hashes.SHA256())
    return {KEY_ID: signed_certificate.public_bytes(serialization.Encoding.PEM).decode()}


def id_token(token: Token, **claims: Any) -> str:
    """An id_token about the token's holder, for the token's app. `claims` override; None removes a claim."""
    now = int(time.time())
    account = token.holder
    defaults = {
        "iss": ISSUER,
        "azp": token.audience,
        "aud": token.audience,
        "sub": account.uid(token.app),
        "email": f"{account.name}@creators.test",
        "email_verified": True,
        "name": account.display_name,
        "iat": now,
        "exp": now + LIFE,
        "jti": token.nonce,
    }
    return signed(defaults | claims)


def security_event(kind: str, subject: dict[str, Any], *, app: str, **claims: Any) -> str:
    """A security event token of Cross-Account Protection, which never expires; `kind` is the event's URI."""
    defaults = {"iss": f"{ISSUER}/", "aud": app, "iat": int(time.time()), "jti": str(time.time_ns())}
    return signed(defaults | {"events": {kind: {"subject": subject}}} | claims, typ="secevent+jwt")


def signed(claims: dict[str, Any], **headers: Any) -> str:
    payload = {name: value for name, value in claims.items() if value is not None}
    headers = {"typ": "JWT", "kid": KEY_ID, **headers}
    return jwt.PyJWS().encode(json.dumps(payload).encode(), private_key(), algorithm="RS256", headers=headers)
