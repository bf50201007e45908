"""`make demo`: the main job step by step in a terminal. Each step calls the running service and checks its answer."""

import json
import re
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from config.stack import Stack

NETWORKS = ("facebook", "google", "instagram", "twitter", "tiktok", "linkedin", "pinterest")
NAME = f"maya_{secrets.token_hex(2)}"
EMAIL = f"{NAME}@example.com"
PASSWORD = "correct-horse-battery"


class Story:
    """Calls the API as one creator and prints each step."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.steps = 0

    def step(self, title: str) -> None:
        self.steps += 1
        print(f"\n{self.steps}. {title}", flush=True)

    def call(self, path: str, body: dict[str, Any], *, expect: int = 200) -> Any:
        response = self.http.post(f"{self.url}{path}", json=body, timeout=20)
        shortened_body = {key: _short(value) for key, value in body.items()}
        print(
            f"   POST {path} {json.dumps(shortened_body)}\n   {response.status_code} {_short(response.text, 600)}",
            flush=True,
        )
        if response.status_code != expect:
            raise SystemExit(f"Expected {expect}, got {response.status_code}: the demo stops here.")
        return response.json()


def tell(stack: "Stack") -> None:
    """Run the whole story; exits with an error at the first answer that is not the contract's."""
    story = Story(stack.url)
    story.step("A creator signs up")
    answer = story.call("/_allauth/app/v1/auth/signup", {"email": EMAIL, "password": PASSWORD})
    story.http.headers["Authorization"] = f"Bearer {answer['meta']['access_token']}"
    connect_all(story, stack)
    story.step("A token of somebody else's app is refused")
    foreign = _token(stack, "facebook", "mallory", "--foreign")
    refused = story.call("/api/auth/facebook/", foreign, expect=400)
    _expect(refused["error"] == "network_verification_failed", "the contract's error")
    approval = submit(story)
    story.step("A moderator accepts it in the admin")
    accept(stack, approval)
    status = story.call("/api/network/status/", {"network_id": approval})
    _expect(status["status"] == "accepted", "an accepted network")
    show_numbers(story, stack)
    story.step("One network is disconnected, and its token revoked at the provider")
    first = story.call("/api/get/networks/", {"network": "facebook"})["networks"][0]
    story.call("/api/network/disconnect/", {"network_id": first["id"]})
    print(f"\nAll {story.steps} steps answered as the contract says.")


def connect_all(story: Story, stack: "Stack") -> None:
    story.step("All seven networks are connected with the tokens that their SDKs hand out")
    for network in NETWORKS:
        token = _token(stack, network, NAME)
        answer = story.call(f"/api/auth/{network}/", token)
        _expect(answer["status"] == "success" and isinstance(answer["network_id"], int), "a network_id")
    story.step("The creator's networks")
    networks = story.call("/api/get/networks/", {})["networks"]
    _expect(len(networks) == len(NETWORKS), "seven networks")
    _expect(all(row["verified"] for row in networks), "verified networks")


def submit(story: Story) -> int:
    story.step("A network without a token is submitted for approval")
    claim = {
        "network_type": "instagram",
        "network_id": f"{NAME}.second",
        "network_url": f"https://instagram.com/{NAME}.second",
        "followers": 5000,
        "category": "fashion",
    }
    return story.call("/api/action/network/approval/", claim)["approval_id"]


def show_numbers(story: Story, stack: "Stack") -> None:
    story.step("Ops refresh every number now")
    print("   manage.py refresh_followers --stale-hours 0")
    closing = stack.manage("refresh_followers", "--stale-hours", "0").strip().splitlines()[-1]
    print(f"   {closing}", flush=True)
    _expect(" 0 refreshed" not in closing and "0 broken" in closing, "refreshed networks and no broken one")
    story.step("The fresh numbers")
    for row in story.call("/api/get/networks/", {"view": "full"})["networks"]:
        count = "not known" if row["followers"] is None else f"{row['followers']:,} ({row['followers_source']})"
        print(f"   {row['network']:<10} {row['status']:<9} {row['health']:<8} {count}")


def accept(stack: "Stack", pk: int) -> None:
    """Do what a moderator's browser does: sign in, choose the action, confirm."""
    browser = requests.Session()
    login = f"{stack.url}/admin/login/"
    browser.get(login, timeout=10)
    form = {
        "username": "staff@example.com",
        "password": "connect-demo",
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
    }
    browser.post(login, data=form, timeout=10)
    changelist = f"{stack.url}/admin/networks/socialnetwork/"
    page = browser.get(changelist, timeout=10)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    _expect(token is not None, "the list of networks")
    decision = {
        "action": "accept",
        "confirmed": "1",
        "asked_at": datetime.now(UTC).isoformat(),
        "reason": "Looks right",
        "_selected_action": str(pk),
        "csrfmiddlewaretoken": token[1] if token else "",
    }
    answer = browser.post(changelist, data=decision, timeout=10)
    print(f"   POST /admin/networks/socialnetwork/ accept #{pk}\n   {answer.status_code}", flush=True)


def _token(stack: "Stack", network: str, account: str, *options: str) -> dict[str, str]:
    minted = json.loads(stack.manage("sandbox_token", network, account, *options))
    return {"access_token": minted["access_token"], "user_id": minted["user_id"]}


def _expect(condition: bool, expectation: str) -> None:
    if not condition:
        raise SystemExit(f"Expected {expectation}: the demo stops here.")


def _short(value: Any, most: int = 40) -> Any:
    text = str(value)
    return value if len(text) <= most else f"{text[:most]}…"
