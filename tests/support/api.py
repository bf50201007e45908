"""The cast: creators who use the API as the app does."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client

from connect.models import User
from social_auth.sandbox.tokens import Token, mint

PASSWORD = "correct-horse-battery"
CONTENT = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
}


class Creator:
    """Somebody who signed up over HTTP and calls with a bearer token."""

    def __init__(self, email: str) -> None:
        self.email = email
        self.client = Client(raise_request_exception=False)
        answer = self.client.post(
            "/_allauth/app/v1/auth/signup", {"email": email, "password": PASSWORD}, content_type="application/json"
        )
        assert answer.status_code == 200, answer.content
        self.session_token = answer.json()["meta"]["session_token"]
        self.bearer = answer.json()["meta"]["access_token"]
        self.user = User.objects.get(email=email)
        self.client.cookies.clear()

    def sign_in_again(self) -> None:
        """Get a new bearer token: the old one lives for a quarter of an hour."""
        body = {"email": self.email, "password": PASSWORD}
        answer = self.client.post("/_allauth/app/v1/auth/login", body, content_type="application/json")
        self.bearer = answer.json()["meta"]["access_token"]
        self.client.cookies.clear()

    def verify_address(self) -> None:
        """In development nobody is asked to."""
        EmailAddress.objects.filter(user=self.user).update(verified=True)

    def post(self, path: str, data: Any = None, content: str = "json", **headers: str) -> Any:
        """POST as JSON, form or multipart; returns Django's response."""
        sent = {"Authorization": f"Bearer {self.bearer}", **headers}
        if content == "multipart":
            return self.client.post(f"/api/{path}", flat(data or {}), headers=sent)
        body = data or {}
        if content == "form":
            from urllib.parse import urlencode

            body = urlencode(flat(body))
        return self.client.post(f"/api/{path}", body, content_type=CONTENT[content], headers=sent)

    def ok(self, path: str, data: Any = None, content: str = "json") -> Any:
        answer = self.post(path, data, content)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def refused(self, path: str, data: Any = None, content: str = "json") -> tuple[int, dict[str, Any]]:
        answer = self.post(path, data, content)
        assert 400 <= answer.status_code < 500 or answer.status_code == 503, answer.content
        return answer.status_code, answer.json()

    def connect(self, network: str, account: str = "maya", **traits: Any) -> Any:
        """Connect a sandbox account; returns Django's response."""
        return self.post(
            f"auth/{network}/", posted(mint("youtube" if network == "google" else network, account, **traits))
        )

    def connected(self, network: str, account: str = "maya", **traits: Any) -> int:
        answer = self.connect(network, account, **traits)
        assert answer.status_code == 200, answer.content
        return answer.json()["network_id"]

    def claim(self, network: str = "instagram", name: str = "user123", **more: Any) -> int:
        return self.ok("action/network/approval/", a_claim(network, name, **more))["approval_id"]

    def close_account(self) -> Any:
        """Ask for the erasure; returns the answer. The rest is done in the background: `due.erase_all`."""
        return self.ok("account/erase/", {"confirm": "erase", "password": PASSWORD})


def posted(token: Token) -> dict[str, str]:
    return {"access_token": str(token), "user_id": token.holder.uid(token.app)}


def a_claim(network: str = "instagram", name: str = "user123", **more: Any) -> dict[str, Any]:
    url = f"https://{network}.com/{'in/' if network == 'linkedin' else ''}{name}"
    return {"network_type": network, "network_id": name, "network_url": url, "followers": 5000, **more}


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested data as form fields: {"a": {"b": 1}} is a[b]=1; None is an empty field."""
    fields: dict[str, str] = {}
    for key, value in data.items():
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(value, dict):
            fields |= flat(value, name)
        else:
            fields[name] = "" if value is None else str(value)
    return fields


def alone(function: Any) -> Any:
    """The function for a thread of its own, which gives its database connection back."""

    def called(*arguments: Any, **more: Any) -> Any:
        try:
            return function(*arguments, **more)
        finally:
            connection.close()

    return called
