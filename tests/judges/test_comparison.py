"""What `make judges` takes for a difference between our adapter and an SDK; the SDKs themselves are not needed."""

import requests

from judges.comparison import request_differences, value_differences
from judges.decisions import Decision


def test_values_are_compared_as_far_as_the_sdk_reads():
    ours = {"uid": "7", "followers": 12, "bio": "ours alone"}
    assert value_differences(ours, {"uid": "7", "followers": 12, "raised": "Forbidden"}) == []
    assert value_differences(ours, {"followers": "12", "handle": "maya"}) == [
        "value followers: we 12, the SDK 12",
        "value handle: we nothing, the SDK maya",
    ]
    assert value_differences(ours, {"failed": "KeyError: 'id'"}) == ["the SDK failed: KeyError: 'id'"]
    assert value_differences({"failed": "OurFault"}, {"uid": "7"}) == ["we failed: OurFault"]


class TestRequests:
    def heard(self, sandbox, *asked):
        """What the sandbox is told by somebody who asks so."""
        sandbox.calls.clear()
        for method, url, arguments in asked:
            requests.request(method, f"{sandbox.url}/{url}", timeout=5, **arguments)
        return list(sandbox.calls)

    def test_the_same_call_in_another_spelling_is_the_same(self, sandbox):
        form = {"grant_type": "refresh_token", "refresh_token": "one"}
        ours = self.heard(sandbox, ("POST", "api.x.com/2/oauth2/token", {"data": form, "auth": ("id", "secret")}))
        other = dict(reversed(form.items())) | {"refresh_token": "two"}
        theirs = self.heard(sandbox, ("POST", "api.x.com/2/oauth2/token", {"data": other, "auth": ("id", "secret")}))
        assert request_differences(ours, theirs) == []

    def test_every_field_is_looked_at(self, sandbox):
        graph = "graph.facebook.com/v27.0/me/accounts"
        ours = self.heard(sandbox, ("POST", graph, {"data": {"limit": "1"}, "auth": ("id", "secret")}))
        theirs = self.heard(
            sandbox,
            ("POST", "graph.instagram.com/v26.0/me/accounts?after=2", {"json": {"count": 1}}),
            ("GET", "api.x.com/2/users/me", {"headers": {"LinkedIn-Version": "202609"}}),
        )
        assert request_differences(ours, theirs) == [
            "the SDK calls GET /2/users/me, we do not",
            "hosts: we graph.facebook.com, the SDK graph.instagram.com",
            "versions: we v27.0, the SDK v26.0",
            "auth: we Basic, the SDK none",
            "body: we application/x-www-form-urlencoded, the SDK application/json",
            "query: the SDK alone after",
            "form: we alone limit",
            "form: the SDK alone count",
        ]


def test_a_decision_is_about_its_judge_alone():
    decision = Decision("tweepy", "twitter", "*", "query: the SDK alone *", "why", "which document")
    assert decision.fits("tweepy", "twitter", "profile", "query: the SDK alone expansions")
    assert not decision.fits("xdk", "twitter", "profile", "query: the SDK alone expansions")
    assert not decision.fits("tweepy", "twitter", "profile", "form: the SDK alone expansions")
