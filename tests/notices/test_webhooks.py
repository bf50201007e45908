"""Webhooks: signed as Standard Webhooks says, delivered at least once, and never into our own network."""

import json
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from connect.events.models import Event
from networks.models import SocialNetwork
from social_auth.connections.models import ConnectLink, digest
from social_auth.credentials import vault
from social_auth.notices.addresses import Refused, check_url, is_public
from social_auth.notices.delivery import AT_ONCE, DELIVERY, WAITS, deliver, hand_out, send_test
from social_auth.notices.models import State, WebhookDelivery, WebhookEndpoint, WebhookSecret

pytestmark = pytest.mark.django_db


class Receiver(ThreadingHTTPServer):
    """The platform's endpoint: keeps what it hears, answers what it is told to."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard, self.statuses, self.location = [], [], ""
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook?x=1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = Receiver()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(receiver):
    row = WebhookEndpoint(url=receiver.url)
    row.start()
    row.secret = row.new_secret(timezone.now())
    return row


@pytest.fixture
def accepted(alice, staff, endpoint):
    row = SocialNetwork.objects.get(pk=alice.claim())
    row.accept(by=staff)
    return row


def rounds(now=None):
    """What beat and worker do, at that moment."""
    hand_out()
    before = attempts()
    handed_out = list(DELIVERY.claim_due(now or timezone.now()))
    while handed_out:
        following = deliver(handed_out.pop())
        handed_out += [following] if following else []
    return attempts() - before


def attempts():
    return WebhookDelivery.objects.aggregate(made=Sum("failures", default=0))["made"]


def manage(*words):
    out = StringIO()
    call_command("webhooks", *words, stdout=out)
    return out.getvalue()


class TestDelivery:
    def test_signed_and_once(self, accepted, endpoint, receiver):
        assert [rounds(), rounds()] == [1, 0]
        ((path, headers, body),) = receiver.heard
        assert path == "/hook?x=1"
        told = Webhook(endpoint.secret).verify(body, headers)
        assert told["type"] == "network.accepted"
        assert told["data"]["user_id"] == accepted.user_id
        assert told["data"]["network_id"] == accepted.pk
        assert WebhookDelivery.objects.get().state == State.DELIVERED
        with pytest.raises(WebhookVerificationError):
            Webhook(endpoint.secret).verify(body.replace(b"accepted", b"rejected"), headers)

    def test_receivers_accept_what_a_server_in_another_zone_signs(self, accepted, endpoint, receiver, monkeypatch):
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        try:
            rounds()
        finally:
            monkeypatch.undo()
            time.tzset()
        ((_, headers, body),) = receiver.heard
        assert Webhook(endpoint.secret).verify(body, headers)["type"] == "network.accepted"

    def test_the_feed_and_the_webhook_tell_the_same(self, accepted, alice, receiver):
        rounds()
        (told,) = alice.ok("get/events/")["events"]
        _, headers, body = receiver.heard[0]
        assert headers["webhook-id"] == told["id"]
        assert json.loads(body)["data"] == told["data"]

    def test_a_broken_connection_has_a_link_that_mends_it(self, alice, sandbox, endpoint, receiver, client):
        pk = alice.connected("instagram")
        rounds()
        SocialNetwork.objects.update(health="reauth_required")
        receiver.statuses = [500]
        rounds()
        rounds(timezone.now() + WAITS[0] * 1.2)
        told = [json.loads(body) for _, _, body in receiver.heard[-2:]]
        assert [one["type"] for one in told] == ["network.reauth_required"] * 2
        first, second = (one["data"]["reconnect_url"] for one in told)
        assert first != second  # each delivery has its own
        link = ConnectLink.objects.get(digest=digest(second.rstrip("/").rpartition("/")[2]))
        assert (link.record_id, link.network, link.user_id) == (pk, "instagram", alice.user.pk)
        assert timedelta(days=6) < link.expires_at - timezone.now() <= timedelta(days=7)
        assert client.get(second).status_code == 200
        [event] = [one for one in alice.ok("get/events/")["events"] if one["type"] == "network.reauth_required"]
        assert "reconnect_url" not in event["data"]
        assert not Event.objects.filter(data__has_key="reconnect_url").exists()

    def test_one_that_works_again_has_none(self, alice, sandbox, endpoint, receiver):
        alice.connected("instagram")
        SocialNetwork.objects.update(health="reauth_required")
        SocialNetwork.objects.update(health="healthy")
        rounds()
        assert [one for one in receiver.heard if b"reconnect_url" in one[2]] == []
        assert not ConnectLink.objects.exists()

    def test_only_the_types_it_wants(self, alice, staff, endpoint, receiver):
        WebhookEndpoint.objects.update(types=["network.rejected"])
        row = SocialNetwork.objects.get(pk=alice.claim())
        row.accept(by=staff)
        row.reject(by=staff, reason="spam")
        rounds()
        assert [json.loads(body)["type"] for *_, body in receiver.heard] == ["network.rejected"]

    def test_only_what_happens_after_it_was_added(self, alice, staff, receiver):
        SocialNetwork.objects.get(pk=alice.claim()).accept(by=staff)
        WebhookEndpoint(url=receiver.url).start()
        assert rounds() == 0

    def test_both_secrets_sign_for_a_day(self, accepted, endpoint, receiver):
        newer = endpoint.new_secret(timezone.now())
        rounds()
        _, headers, body = receiver.heard[0]
        for secret in (endpoint.secret, newer):
            Webhook(secret).verify(body, headers)
        assert endpoint.signing_secrets(timezone.now() + timedelta(hours=25)) == [newer]


class TestFailure:
    def test_ten_attempts_over_75_hours_then_it_is_kept(self, accepted, receiver):
        receiver.statuses = [500] * 20
        hand_out()
        began = last = timezone.now()
        while (row := WebhookDelivery.objects.get()).state == State.WAITING:
            last = row.due_at + timedelta(seconds=1)
            with time_machine.travel(last, tick=False):
                rounds(last)
        assert len(receiver.heard) == len(WAITS) + 1 == 10
        assert len({headers["webhook-id"] for _, headers, _ in receiver.heard}) == 1
        assert (row.state, row.answer) == (State.DEAD, "HTTP 500")
        assert last - began > timedelta(hours=75)

    def test_it_recovers(self, accepted, receiver):
        receiver.statuses = [503]
        rounds()
        assert rounds() == 0
        assert rounds(timezone.now() + timedelta(seconds=10)) == 1
        assert WebhookDelivery.objects.get().state == State.DELIVERED

    def test_410_disables(self, accepted, receiver, endpoint):
        receiver.statuses = [410]
        rounds()
        endpoint.refresh_from_db()
        assert (endpoint.enabled, endpoint.disabled_reason) == (False, "It answered 410 Gone")
        assert rounds(timezone.now() + timedelta(days=1)) == 0
        manage("enable", str(endpoint.pk))
        assert rounds(timezone.now() + timedelta(days=1)) == 1

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_redirects_are_not_followed(self, accepted, receiver, status):
        receiver.statuses, receiver.location = [status], receiver.url
        rounds()
        assert len(receiver.heard) == 1
        assert WebhookDelivery.objects.get().answer == f"HTTP {status}"

    def test_nobody_there(self, accepted, endpoint):
        WebhookEndpoint.objects.update(url="http://127.0.0.1:9/")
        rounds()
        row = WebhookDelivery.objects.get()
        assert row.state == State.WAITING
        assert "Error" in row.answer

    def test_a_worker_that_died_is_followed_by_another(self, accepted, receiver):
        hand_out()
        assert len(list(DELIVERY.claim_due(timezone.now()))) == 1
        assert rounds() == 0
        assert rounds(timezone.now() + timedelta(minutes=2)) == 1
        assert len(receiver.heard) == 1

    def test_who_woke_up_late_writes_nothing(self, accepted, receiver):
        hand_out()
        (first,) = DELIVERY.claim_due(timezone.now())
        rounds(timezone.now() + timedelta(minutes=2))
        deliver(first)
        assert len(receiver.heard) == 1

    def test_given_up_ones_can_be_sent_again(self, accepted, receiver, endpoint):
        hand_out()
        WebhookDelivery.objects.update(state=State.DEAD, failures=10)
        assert rounds() == 0
        assert manage("redeliver", str(endpoint.pk)) == "1 to be delivered again.\n"
        assert rounds() == 1

    def test_one_that_is_slow_or_ill_holds_up_no_other(self, accepted, receiver):
        other = WebhookEndpoint(url="http://127.0.0.1:9/")
        other.start()
        WebhookEndpoint.objects.filter(pk=other.pk).update(position=0)
        assert rounds() == 2
        assert len(receiver.heard) == 1

    def test_whoever_is_done_takes_the_next_for_as_long_as_the_endpoint_answers(self, accepted, receiver, endpoint):
        many = self.waiting(accepted, endpoint, 60)
        claims = list(DELIVERY.claim_due(timezone.now()))
        assert [len(claim.ids) for claim in claims] == [1] * AT_ONCE
        assert deliver(claims[0]) is None
        assert len(receiver.heard) == many - (AT_ONCE - 1)  # the others are in other hands

    def test_whoever_takes_the_next_leaves_none_lying(self, accepted, receiver, endpoint):
        many = self.waiting(accepted, endpoint, 10)
        (first,) = DELIVERY.claim_lane(str(endpoint.pk), timezone.now(), most=1)
        assert deliver(first) is None
        assert len(receiver.heard) == many
        assert not WebhookDelivery.objects.filter(lease_until__isnull=False).exists()

    def test_an_endpoint_that_fails_gets_one_at_a_time(self, accepted, receiver, endpoint):
        self.waiting(accepted, endpoint, 60)
        receiver.statuses = [500] * 100
        for claim in DELIVERY.claim_due(timezone.now()):
            assert deliver(claim) is None
        for _ in range(3):
            assert len(list(DELIVERY.claim_due(timezone.now()))) <= 1
        assert len(receiver.heard) == AT_ONCE

    def waiting(self, accepted, endpoint, number):
        """So many more events for the endpoint; returns how many it has to hear of."""
        event = Event.objects.get()
        Event.objects.bulk_create(
            Event(
                user=event.user,
                type=event.type,
                kind=event.kind,
                object_id=event.object_id,
                data=event.data,
                created_at=event.created_at,
            )
            for _ in range(number)
        )
        hand_out()
        return WebhookDelivery.objects.count()


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        ["http://example.com/", "ftp://example.com/", "https://", "https://user:pw@example.com/", "https://x/#f",
         "https://example.com:0/", "https://example.com:99999/", "https://ex ample.com/", "https://exämple.com/",
         "", "x", "https://[::1", "javascript:alert(1)", "//example.com/"],
    )  # fmt: skip
    def test_what_is_no_endpoint(self, url, settings):
        settings.WEBHOOKS_PRIVATE = False
        with pytest.raises(Refused):
            check_url(url)

    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
         "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
         "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "192.0.2.1", "198.18.0.1",
         "203.0.113.1", "2001:db8::1"],
    )  # fmt: skip
    def test_what_is_not_public(self, address):
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
    def test_what_is(self, address):
        assert is_public(address)

    def test_one_private_address_among_others_is_enough(self, settings, monkeypatch, endpoint):
        settings.WEBHOOKS_PRIVATE = False
        found = [(2, 1, 6, "", ("1.1.1.1", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr("social_auth.wire.transport.dial", lambda *_: pytest.fail("it was connected to"))
        endpoint.url = "https://example.com/"
        assert "not public" in str(send_test(endpoint, timezone.now()))

    def test_nothing_is_sent_there(self, accepted, receiver, settings):
        settings.WEBHOOKS_PRIVATE = False
        rounds()
        assert receiver.heard == []
        assert "https" in WebhookDelivery.objects.get().answer


class TestCommand:
    def test_from_adding_to_removing(self, receiver):
        told = manage("add", receiver.url, "--types", "network.accepted", "--description", "The app")
        secret = told.split()[-1]
        pk = str(WebhookEndpoint.objects.get().pk)
        assert receiver.url[:20] in manage("list")
        assert manage("test", pk) == "It arrived: HTTP 204\n"
        _, headers, body = receiver.heard[0]
        assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
        assert manage("rotate", pk).split()[-1].startswith("whsec_")
        assert manage("disable", pk) == "Disabled.\n"
        assert "By command" in manage("list").replace("\n", " ")
        assert manage("remove", pk) == "Removed.\n"
        assert not WebhookEndpoint.objects.exists()

    def test_wrong_words(self, receiver, settings):
        settings.WEBHOOKS_PRIVATE = False
        with pytest.raises(CommandError, match="https"):
            manage("add", receiver.url)
        with pytest.raises(CommandError, match="No endpoint 7"):
            manage("test", "7")
        assert not WebhookEndpoint.objects.exists()

    def test_a_test_that_does_not_arrive(self, receiver, endpoint):
        receiver.statuses = [500]
        with pytest.raises(CommandError, match="HTTP 500"):
            manage("test", str(endpoint.pk))


class TestSecrets:
    def test_they_lie_in_the_vault(self, endpoint, settings):
        row = WebhookSecret.objects.get()
        assert endpoint.secret not in str(row.__dict__)
        settings.CONNECT_TOKEN_KEYS = "new:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=," + settings.CONNECT_TOKEN_KEYS
        call_command("rotate_token_keys", stdout=StringIO())
        row.refresh_from_db()
        assert row.key_id == vault.newest_key() == "new"
        assert endpoint.signing_secrets(timezone.now()) == [endpoint.secret]


class TestAdmin:
    LIST = "/admin/notices/webhookendpoint/"

    def test_adding_shows_the_secret_once(self, desk, receiver):
        form = {"url": receiver.url, "description": "App", "types": ["network.accepted"], "enabled": "on"}
        page = desk.post(f"{self.LIST}add/", form, follow=True).content.decode()
        assert "whsec_" in page
        row = WebhookEndpoint.objects.get()
        again = desk.get(f"{self.LIST}{row.pk}/change/").content.decode() + desk.get(self.LIST).content.decode()
        assert "whsec_" not in again
        assert row.types == ["network.accepted"]

    def test_testing_rotating_enabling(self, desk, endpoint, receiver):
        act = {"_selected_action": endpoint.pk}
        assert "HTTP 204" in desk.post(self.LIST, {"action": "test", **act}, follow=True).content.decode()
        assert "whsec_" in desk.post(self.LIST, {"action": "rotate", **act}, follow=True).content.decode()
        endpoint.disable("It answered 410 Gone")
        form = {"url": receiver.url, "description": "", "enabled": "on"}
        desk.post(f"{self.LIST}{endpoint.pk}/change/", form)
        endpoint.refresh_from_db()
        assert (endpoint.enabled, endpoint.disabled_reason) == (True, "")

    def test_a_wrong_url(self, desk, settings):
        settings.WEBHOOKS_PRIVATE = False
        page = desk.post(f"{self.LIST}add/", {"url": "http://10.0.0.1/", "enabled": "on"})
        assert b"must begin with https" in page.content

    def test_deliveries_can_be_sent_again(self, desk, accepted, receiver):
        rounds()
        path = "/admin/notices/webhookdelivery/"
        assert b"network.accepted" in desk.get(path).content
        desk.post(path, {"action": "send_again", "_selected_action": WebhookDelivery.objects.get().pk}, follow=True)
        rounds()
        assert len(receiver.heard) == 2
        assert desk.get(f"{path}add/").status_code == 403
