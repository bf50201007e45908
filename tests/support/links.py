"""A creator's browser on the pages of a link, and the provider that it is sent to."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.test import Client

from social_auth.sandbox.tokens import mint

BACK = "connect-demo://connected"


class Browser:
    """Opens links and follows nobody: each step is a request of its own."""

    def __init__(self, **headers: str) -> None:
        self.client = Client(raise_request_exception=False, headers=headers)

    def open(self, url: str) -> Any:
        return self.client.get(path_of(url))

    def tap(self, url: str, network: str, *allow: str, token: str | None = None) -> Any:
        """Look at the page and press a network's button."""
        page = self.open(url)
        found = re.search(r'name="token" value="([^"]+)"', page.content.decode())
        token = (found[1] if found else "") if token is None else token
        return self.client.post(path_of(url), {"token": token, "network": network, "allow": list(allow)})

    def asked(self, url: str, network: str, *allow: str) -> dict[str, str]:
        """What the provider is asked for after a tap."""
        answer = self.tap(url, network, *allow)
        assert answer.status_code == 303, answer.content
        return question(answer)

    def answered(self, network: str, **answer: str) -> Any:
        return self.client.get(f"/connect/callback/{network}/", answer)

    def connect(self, url: str, network: str, account: str = "maya", *allow: str, **traits: Any) -> Any:
        """The whole way, as the provider's consent page would go it; returns the answer to its answer."""
        asked = self.asked(url, network, *allow)
        return self.answered(network, state=asked["state"], code=str(mint(network, account, kind="code", **traits)))


def question(answer: Any) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


def told(answer: Any) -> dict[str, str]:
    """What the app hears at its return URL."""
    assert answer.status_code == 303, answer.content
    assert answer["Location"].startswith(BACK), answer["Location"]
    return question(answer)


def path_of(url: str) -> str:
    return urlsplit(url).path


def a_link(creator: Any, **wishes: Any) -> str:
    return creator.ok("connect/link/", {"return_url": BACK, **wishes})["url"]
