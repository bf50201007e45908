"""What each role of the staff may do, through the pages themselves."""

import pytest
from django.utils import timezone

from connect.models import User
from networks.models import SocialNetwork
from tests.support.roles import role as role_named

pytestmark = pytest.mark.django_db
LIST = "/admin/networks/socialnetwork/"
PAUSES = "/admin/budgets/networkpause/"


@pytest.fixture
def role(client):
    def sign_in(name):
        user = User.objects.create_user(name, f"{name}@example.org", "x", is_staff=True)
        user.groups.add(role_named(name))
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def pk(alice):
    return alice.claim()


def decide(browser, decision, pk):
    form = {"action": decision, "_selected_action": [pk], "confirmed": "1", "reason": "because"}
    form["asked_at"] = timezone.now().isoformat()
    return browser.post(LIST, form, follow=True)


@pytest.mark.parametrize("name", ["Moderator", "Lead", "Ops", "Auditor"])
class TestEveryRole:
    def test_sees_the_records_and_changes_none(self, role, pk, name):
        browser = role(name)
        assert browser.get(LIST).status_code == 200
        assert browser.get(f"{LIST}{pk}/change/").status_code == 200
        browser.post(f"{LIST}{pk}/change/", {"category": "mine"})
        assert SocialNetwork.objects.get().category == ""

    @pytest.mark.parametrize("decision", ["accept", "reject", "suspend"])
    def test_decides_or_not(self, role, pk, name, decision):
        decide(role(name), decision, pk)
        assert (SocialNetwork.objects.get().status != "pending") == (name in ("Moderator", "Lead"))

    def test_only_a_lead_reinstates(self, role, pk, name, staff):
        SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
        decide(role(name), "reinstate", pk)
        assert (SocialNetwork.objects.get().status == "accepted") == (name == "Lead")

    def test_only_ops_pause_and_auditors_look(self, role, pk, name):
        browser = role(name)
        form = {"network": "tiktok", "until_0": "", "until_1": "", "reason": ""}
        assert browser.post(f"{PAUSES}add/", form).status_code == (302 if name == "Ops" else 403)
        assert browser.get(PAUSES).status_code == (200 if name in ("Ops", "Auditor") else 403)

    def test_nobody_manages_people(self, role, pk, name):
        assert role(name).get("/admin/connect/user/").status_code == 403
