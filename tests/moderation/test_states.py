"""Each state that a record can be in, however long the way to it: what its creator and staff see of it and can do."""

import pytest

from connect.models import User
from social_auth.demo.factories import ChannelFactory, NetworkFactory, PageFactory, WallFactory
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint
from tests.support.due import erase_all

pytestmark = pytest.mark.django_db
OF_ALL = ("connected", "proof_lost", "rejected", "appealed", "suspended", "inherited", "suspended_then_disconnected")
OF_NETWORKS = ("displaced", "suspect", "broken", "ending_grant")
FACTORIES = {"network": NetworkFactory, "page": PageFactory, "wall": WallFactory, "channel": ChannelFactory}
LISTS = {"network": "networks", "page": "social-pages", "wall": "social-walls", "channel": "social-channels"}
STATES = [
    *((noun, trait) for noun in FACTORIES for trait in OF_ALL),
    *(("network", trait) for trait in OF_NETWORKS),
]


@pytest.fixture(params=STATES, ids="-".join)
def record(request, alice):
    noun, trait = request.param
    return FACTORIES[noun](user=alice.user, **{trait: True})


def noun_of(record):
    return record.shape.noun


def test_its_creator_sees_it_as_it_is(alice, record):
    for view in ("brief", "full"):
        shown = alice.ok(f"get/{LISTS[noun_of(record)]}/", {"view": view})[record.shape.plural]
        assert [row["status"] for row in shown] == [record.status]


def test_staff_see_it_at_the_desk_and_in_the_admin(desk, record):
    assert desk.get(f"/admin/queue/{noun_of(record)}/{record.pk}/").status_code == 200
    meta = type(record)._meta
    assert desk.get(f"/admin/{meta.app_label}/{meta.model_name}/{record.pk}/change/").status_code == 200


def test_its_creator_can_end_it_once(alice, record):
    noun = noun_of(record)
    path = "network/disconnect/" if noun == "network" else f"disconnect/social-{noun}/"
    body = {f"{noun}_id": record.pk}
    if record.status != "disconnected":
        alice.ok(path, body)
    before = type(record).objects.get(pk=record.pk)
    alice.post(path, body)
    after = type(record).objects.get(pk=record.pk)
    assert after.status == "disconnected"
    assert after.disconnected_from == before.disconnected_from == (record.disconnected_from or record.status)
    assert not after.verified


def test_an_erasure_leaves_nothing_of_it_but_a_suspension(alice, record):
    url, name = record.url, record.external_id
    alice.close_account()
    erase_all()
    left = type(record).objects.filter(pk=record.pk).first()
    if left is not None:
        assert "suspended" in (left.status, left.disconnected_from)
        assert name not in (left.external_id, left.provider_uid or "", left.identity_key)
        assert left.url != url
    assert not User.objects.filter(email=alice.email).exists()


@pytest.mark.parametrize("trait", [*(trait for trait in OF_ALL if trait != "inherited"), *OF_NETWORKS])
def test_who_proves_it_for_our_app_has_it_unless_it_is_suspended_or_held(bob, sandbox, trait):
    token = mint("tiktok", "maya")
    uid = token.holder.uid(token.app)
    row = NetworkFactory(network="tiktok", external_id="maya", provider_uid=uid, **{trait: True})
    answer = bob.post("auth/tiktok/", minted("tiktok", "maya", kind="code"))
    assert answer.status_code == (409 if row.verified else 200), answer.content
    if not row.verified:
        [mine] = bob.ok("get/networks/", {"view": "full"})["networks"]
        assert mine["status"] == ("suspended" if "suspended" in (row.status, row.disconnected_from) else "accepted")
