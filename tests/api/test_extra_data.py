"""What a creator adds to a network: links lead to the web, there is one rate, and a form's lists are refused."""

import pytest
from django.core.management import call_command

from networks.models import SocialNetwork
from tests.support.calls import a_submission

pytestmark = pytest.mark.django_db
UPDATE = "action/network-extra/update/"
RUN = "javascript:alert(1)"


@pytest.fixture
def change(alice):
    pk = alice.claim()
    return lambda extra, content="json": alice.post(UPDATE, {"network_id": pk, "extra_data": extra}, content)


@pytest.mark.parametrize(
    "extra",
    [
        {"website": RUN}, {"website": " JavaScript:alert(1)"}, {"website": "java\tscript:alert(1)"}, {"Website": "x"},
        {"website": "data:text/html,x"}, {"website": "ftp://example.org"}, {"website": "https:/example.org"},
        {"website": "https://me@example.org"}, {"website": "//example.org"}, {"website": "example.org"}, {"website": 5},
        {"shop_url": RUN}, {"shopUrl": RUN}, {"links": ["https://example.org", RUN]}, {"links": {"shop": "x"}},
        {"shops": [{"url": "x"}]}, {"bio": RUN}, {"bio": "\n vbscript:x"}, {"cards": [{"text": "data:text/html,x"}]},
        {"website": 'https://example.org/"onclick=x'}, {"website": "https://example.org/ x"}, {"website": "https://x"},
        {"profileUrl": "ftp://example.org"}, {"bio": "java\tscript:x"}, {"about": "\x01javascript:x"},
    ],
)  # fmt: skip
def test_what_is_no_link_to_the_web_is_refused(change, extra):
    answer = change(extra)
    [key] = extra
    assert (answer.status_code, answer.json()["field"]) == (400, f"extra_data.{key}")
    assert SocialNetwork.objects.get().extra_data == {}


@pytest.mark.parametrize(
    "extra",
    [
        {"website": "https://example.org"}, {"website": "http://sub.example.org:8080/a?b=c#d"}, {"website": None},
        {"website": ""}, {"links": ["https://example.org/ü", "HTTPS://EXAMPLE.ORG"]}, {"opposite": "x"},
        {"bio": "File: none"},
        {"bio": "Data: what I live by. File: none. See https://example.org"}, {"links": {"shop": "https://example.org"}},
    ],
)  # fmt: skip
def test_what_is_taken(change, extra):
    assert change(extra).status_code == 200


def test_a_list_in_a_form_is_refused(alice):
    pk = alice.claim()
    for key in ("extra_data[0][bio]", "extra_data[bio][0]"):
        answer = alice.post(UPDATE, {"network_id": pk, key: "x"}, "form")
        assert (answer.status_code, answer.json()["field"]) == (400, "extra_data")
    assert SocialNetwork.objects.get().extra_data == {}


def test_what_was_stored_before_that_rule_is_shown_no_more(alice, capsys):
    pk = alice.claim()
    stored = {
        "website": RUN, "shop": "https://example.org", "shopUrl": "example.org/shop", "bio": RUN, "links": ["x", RUN],
        "avatar_url": "of the provider", "about": "Data: none", "cards": [{"text": "java\tscript:x"}],
    }  # fmt: skip
    SocialNetwork.objects.filter(pk=pk).update(extra_data=stored)
    call_command("finish_upgrade")
    assert "Links that are refused today were taken out of 1 networks." in capsys.readouterr().out
    [shown] = alice.ok("get/networks/", {"view": "full"})["networks"]
    assert shown["extra_data"] == {
        "shop": "https://example.org", "shopUrl": "https://example.org/shop", "avatar_url": "of the provider",
        "about": "Data: none",
    }  # fmt: skip
    call_command("finish_upgrade")
    assert "taken out of 0 networks" in capsys.readouterr().out


class TestLimits:
    def test_the_setting_holds_for_each_kind(self, alice, settings):
        settings.CONNECT_MAX_SUBMISSIONS = 2
        for noun, count in (("page", "followers"), ("wall", "followers"), ("channel", "subscribers")):
            for number in (1, 2):
                last = alice.ok(f"add/social-{noun}/", a_submission(noun, number, count))[f"{noun}_id"]
            status, told = alice.refused(f"add/social-{noun}/", a_submission(noun, 3, count))
            assert (status, told["error"]) == (403, f"{noun}_limit_reached")
            alice.ok(f"add/social-{noun}/", a_submission(noun, 2, count))
            alice.ok(f"disconnect/social-{noun}/", {f"{noun}_id": last})
            alice.ok(f"add/social-{noun}/", a_submission(noun, 3, count))
