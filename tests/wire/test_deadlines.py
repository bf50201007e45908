"""A call's deadline holds for all of it, name, addresses, TLS, head and body together, for providers and webhooks."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from social_auth.notices import webhook_request
from social_auth.wire import dialer, http, resolver, transport
from social_auth.wire.outcomes import Unavailable
from tests.support.rogue import RogueServer

LIMIT = 0.3
SOON = 2.0
"""Seconds: far below what any of this took without a deadline, far above the limit on a busy machine."""
look_up = socket.getaddrinfo


def ask_provider(host, port, scheme="http", **arguments):
    try:
        return http.call("POST", f"{scheme}://{host}:{port}/v1/me", **arguments).status
    except Unavailable as error:
        return str(error)


def tell_endpoint(host, port, scheme="http", **arguments):
    data = {"text": arguments["form"]["text"]} if arguments else {}
    sent = webhook_request.send(f"{scheme}://{host}:{port}/hook", [], "uid", "test", datetime.now(UTC), data)
    return sent.status or sent.why


@pytest.fixture(autouse=True)
def _short(settings, monkeypatch):
    settings.CONNECT_PROVIDER_PROXY = ""
    monkeypatch.setattr(http, "DEADLINE", LIMIT)
    monkeypatch.setattr(webhook_request, "DEADLINE", LIMIT)
    transport._providers.cache_clear()
    webhook_request._client.cache_clear()


@pytest.fixture
def _long(monkeypatch):
    """For calls that are to succeed, however busy the machine is."""
    monkeypatch.setattr(http, "DEADLINE", 20.0)
    monkeypatch.setattr(webhook_request, "DEADLINE", 20.0)


@pytest.fixture(params=[ask_provider, tell_endpoint])
def call(request):
    """One call by each of the two that call out; tells the status, or why there was none."""
    return request.param


@pytest.fixture
def names(monkeypatch):
    """What each name leads to; a callable is what looking it up does."""
    known = {}

    def looked_up(host, port, *arguments, **options):
        if host not in known:
            return look_up(host, port, *arguments, **options)
        found = known[host]() if callable(known[host]) else known[host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", at) for at in found]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    return known


@pytest.fixture
def stuck():
    """Lets what hangs in a look-up go at the end of the test."""
    over = threading.Event()
    yield over
    over.set()


@pytest.fixture
def dead():
    """An address that neither takes nor refuses connections, as behind a firewall: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield listening.getsockname()
        for one in waiting:
            one.close()


def seconds(call, *arguments, **named):
    began = time.monotonic()
    told = call(*arguments, **named)
    return time.monotonic() - began, told


class TestNames:
    def test_a_slow_resolver(self, call, names, stuck):
        names["slow.example"] = lambda: stuck.wait(60) and []
        took, told = seconds(call, "slow.example", 80)
        assert (took < SOON, told) == (True, "ConnectTimeoutError")

    def test_many_calls_wait_for_one_look_up(self, names, stuck):
        asked = []
        names["slow.example"] = lambda: asked.append(1) or (stuck.wait(60) and [])
        for _ in range(3):
            ask_provider("slow.example", 80)
        assert asked == [1]

    def test_look_ups_that_hang_are_few_and_stop_no_address(self, call, names, stuck, garbage, monkeypatch):
        monkeypatch.setattr(resolver, "LOOK_UPS", 3)
        monkeypatch.setattr(http, "DEADLINE", 0.02)
        monkeypatch.setattr(webhook_request, "DEADLINE", 0.02)
        asked = []
        for number in range(10):
            names[f"slow{number}.example"] = lambda: asked.append(1) or (stuck.wait(60) and [])
            call(f"slow{number}.example", 80)
        assert len(asked) == 3
        monkeypatch.setattr(http, "DEADLINE", 20.0)
        monkeypatch.setattr(webhook_request, "DEADLINE", 20.0)
        assert call("127.0.0.1", garbage.server_address[1]) == 200

    def test_an_endpoint_takes_no_look_up_from_a_provider(self, names, stuck, garbage, monkeypatch):
        monkeypatch.setattr(resolver, "LOOK_UPS", 1)
        names["slow.example"] = lambda: stuck.wait(60) and []
        names["graph.example"] = [garbage.server_address]
        tell_endpoint("slow.example", 80)
        monkeypatch.setattr(http, "DEADLINE", 20.0)
        assert ask_provider("graph.example", garbage.server_address[1]) == 200

    @pytest.mark.parametrize(
        ("error", "told"),
        [(socket.gaierror(-2, "no such name"), "NameResolutionError"), (UnicodeError("too long"), "UnicodeError")],
    )
    @pytest.mark.usefixtures("_long")
    def test_a_name_that_is_none_is_told_and_asked_anew_next_time(self, call, names, garbage, error, told):
        def fails():
            raise error

        names["graph.example"] = fails
        assert call("graph.example", 80) == told
        names["graph.example"] = [garbage.server_address]
        assert call("graph.example", garbage.server_address[1]) == 200


class TestAddresses:
    def test_six_dead_ones(self, call, names, dead):
        names["dead.example"] = [dead] * 6
        took, told = seconds(call, "dead.example", 80)
        assert (took < SOON, isinstance(told, str)) == (True, True)

    @pytest.mark.usefixtures("_long")
    def test_a_living_one_behind_six_dead_ones(self, call, names, dead, garbage, monkeypatch):
        monkeypatch.setattr(dialer, "HEAD_START", 0.02)
        names["graph.example"] = [dead] * 6 + [garbage.server_address]
        took, told = seconds(call, "graph.example", 80)
        assert (took < SOON, told) == (True, 200)

    @pytest.mark.usefixtures("_long")
    def test_a_living_one_behind_one_that_refuses(self, call, names, garbage):
        names["graph.example"] = [("127.0.0.1", 9), garbage.server_address]
        assert call("graph.example", 80) == 200

    def test_the_losers_are_closed(self, names, dead, garbage, monkeypatch):
        opened, begin = set(), dialer._begin

        def noted(address, attempts):
            begin(address, attempts)
            opened.update(key.data for key in attempts.get_map().values())

        monkeypatch.setattr(dialer, "HEAD_START", 0.0)
        monkeypatch.setattr(dialer, "_begin", noted)
        addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", at) for at in (dead, dead, garbage.server_address)]
        with dialer.dial(addresses, time.monotonic() + 5) as won:
            assert won.getpeername() == garbage.server_address
            assert [one.fileno() for one in opened - {won}] == [-1, -1]

    def test_what_was_checked_is_what_is_connected_to(self, names, garbage, settings, monkeypatch):
        """A name that leads elsewhere when it is asked again (rebinding) gains nothing: it is asked once."""
        settings.WEBHOOKS_PRIVATE = False
        answers, tried = [[("1.1.1.1", 443)], [garbage.server_address]], []

        def dialled(addresses, deadline):
            tried.extend(at[4] for at in addresses)
            raise ConnectionRefusedError

        names["endpoint.example"] = lambda: answers.pop(0)
        monkeypatch.setattr(transport, "dial", dialled)
        assert tell_endpoint("endpoint.example", 443, "https") == "NewConnectionError"
        assert tried == [("1.1.1.1", 443)]


class TestTls:
    def test_a_server_that_does_not_shake_hands(self, call, silent):
        took, told = seconds(call, "127.0.0.1", silent.port, "https")
        assert (took < SOON, isinstance(told, str)) == (True, True)

    def test_a_handshake_that_drips(self, call, garbage):
        with dripping(b"\x16\x03\x03\x3f\xff\x02" + b"\x00" * 1000) as port:
            took, told = seconds(call, "127.0.0.1", port, "https")
        assert (took < SOON, isinstance(told, str)) == (True, True)

    @pytest.mark.usefixtures("_long")
    def test_the_name_is_checked_and_not_the_address(self, names, garbage, tmp_path, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", certify(garbage, "hooks.example", tmp_path))
        names["hooks.example"] = names["other.example"] = [garbage.server_address]
        port = garbage.server_address[1]
        assert tell_endpoint("hooks.example", port, "https") == 200
        assert "Host" in garbage.last_headers
        assert tell_endpoint("other.example", port, "https") == "SSLError"


class TestTalking:
    def test_a_server_that_reads_nothing(self, call, silent):
        took, told = seconds(call, "127.0.0.1", silent.port, form={"text": "x" * 20_000_000})
        assert (took < SOON, isinstance(told, str)) == (True, True)

    @pytest.mark.parametrize(
        "raw",
        [
            b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000,
            b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
            b"HTTP/1.1 2" + b"0" * 99,
        ],
        ids=["header", "continue", "status"],
    )
    def test_a_head_that_drips(self, call, garbage, raw):
        garbage.drip = (raw, 0.01)
        took, told = seconds(call, "127.0.0.1", garbage.server_address[1])
        assert (took < SOON, isinstance(told, str)) == (True, True)

    def test_an_answer_that_ends_nowhere_is_no_answer_of_a_provider(self, garbage):
        garbage.drip = (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1000, 0.01)
        took, told = seconds(ask_provider, "127.0.0.1", garbage.server_address[1])
        assert (took < SOON, isinstance(told, str)) == (True, True)


@contextmanager
def dripping(raw):
    """The port of a server that says these bytes one by one, whatever it hears."""
    over = threading.Event()

    def drip():
        listening.settimeout(5)
        taken, _ = listening.accept()
        with taken:
            for byte in raw:
                if over.wait(0.01):
                    return
                taken.sendall(bytes([byte]))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        talking = threading.Thread(target=drip)
        talking.start()
        yield listening.getsockname()[1]
        over.set()
        talking.join()


def certify(server: RogueServer, name, folder):
    """Let the server speak TLS under that name; returns the file of what vouches for it."""
    key, who = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(who, who, key.public_key(), 1, begin, begin + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    vouching, secret = folder / "certificate.pem", folder / "key.pem"
    vouching.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(vouching, secret)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return str(vouching)
