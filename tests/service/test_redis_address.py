"""One address leads our own client and Celery to the same Redis: verified, by Sentinel, or refused at the start."""

from contextlib import ExitStack
from threading import Event

import pytest
import redis
from celery import Celery
from django.core.exceptions import ImproperlyConfigured
from kombu.exceptions import OperationalError

from config.start import refuse_redis_cluster
from connect.redis_address import read_address
from connect.redis_client import _client
from tests.support.own_redis import by_tls, free_port, own_redis, own_sentinel


@pytest.fixture(scope="module")
def server():
    with own_redis() as redis_server:
        yield redis_server


@pytest.fixture
def encrypted(server, tmp_path):
    with by_tls(server, tmp_path) as (port, certificate):
        yield f"rediss://localhost:{port}/0", certificate


def celery(url):
    address = read_address(url)
    app = Celery("test", broker=address.broker_url, set_as_current=False)
    app.conf.broker_use_ssl = address.broker_use_ssl
    app.conf.broker_transport_options = {"socket_timeout": 1, "socket_connect_timeout": 1, **address.broker_options}
    return app


def send(app, queue="asked"):
    app.send_task("a.task", queue=queue, retry=False)


def waiting(url):
    return _client(url).llen("asked")


class TestTls:
    def test_a_certificate_that_nobody_knows_is_refused_by_both(self, encrypted):
        url, _ = encrypted
        with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            _client(url).ping()
        with pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
            send(celery(url))

    @pytest.mark.parametrize("said", ["required", "CERT_REQUIRED"])
    def test_one_that_is_known_is_taken_by_both_however_it_is_spelled(self, encrypted, said):
        url, certificate = encrypted
        url += f"?ssl_ca_certs={certificate}&ssl_cert_reqs={said}"
        before = waiting(url)
        send(celery(url))
        assert waiting(url) == before + 1

    def test_its_name_is_looked_at(self, encrypted):
        url, certificate = encrypted
        url = url.replace("localhost", "127.0.0.1") + f"?ssl_ca_certs={certificate}"
        with pytest.raises(redis.ConnectionError):
            _client(url).ping()
        with pytest.raises(OperationalError):
            send(celery(url))

    def test_who_wants_none_has_none(self, encrypted):
        url = f"{encrypted[0]}?ssl_cert_reqs=none"
        send(celery(url))
        assert waiting(url)


def test_a_user_of_an_acl_is_who_both_are(server):
    with redis.Redis(port=server.port) as ops:
        ops.execute_command("ACL", "SETUSER", "connect", "on", ">p@ss", "~*", "&*", "+@all", "-@dangerous", "+info")
    url = f"redis://connect:p%40ss@127.0.0.1:{server.port}/3"
    send(celery(url))
    with celery(url).connection_for_read() as connection:
        told = connection.SimpleQueue("asked").get(timeout=5)
        told.ack()
    assert told.headers["task"] == "a.task"
    assert _client(url).info("cluster")["cluster_enabled"] == 0


@pytest.mark.slow
def test_sentinel_leads_both_to_the_master_and_to_the_next_one():
    with ExitStack() as stack:
        master = stack.enter_context(own_redis())
        stack.enter_context(own_redis(replicaof=f"127.0.0.1 {master.port}"))
        sentinel = stack.enter_context(own_sentinel(master))
        url = f"sentinel://127.0.0.1:{free_port()},127.0.0.1:{sentinel.port}/0?master=mymaster"  # one is away
        send(celery(url))
        assert waiting(url) == waiting(master.url) == 1
        asked = redis.Redis(port=sentinel.port, decode_responses=True)
        until(lambda: asked.sentinel_slaves("mymaster"))
        master.stop()
        until(lambda: asked.sentinel_get_master_addr_by_name("mymaster")[1] != master.port)
        until(lambda: reaches(url))
        send(celery(url), "after")
        assert _client(url).llen("after") == 1


def until(true):
    never = Event()
    for _ in range(600):
        if true():
            return
        never.wait(0.05)
    raise AssertionError("it did not happen in time")


def reaches(url):
    try:
        _client(url).breaker.answered()
        return _client(url).set("after", "1") and _client(url).delete("after")
    except redis.RedisError:
        return False


class TestSpelling:
    @pytest.mark.parametrize(
        ("told", "brokers"),
        [
            ("redis://:p%40ss@host:6380/2", "redis://:p%40ss@host:6380/2"),
            ("redis://host?db=3", "redis://host/3"),
            ("rediss://me:pw@host/1?ssl_ca_certs=/ca.pem", "rediss://me:pw@host/1"),
            ("unix:///run/redis.sock?db=8", "redis+socket:///run/redis.sock?virtual_host=8"),
            ("sentinel://:pw@a:1,b/2?master=m", "sentinel://:pw@a:1/2;sentinel://:pw@b:26379/2"),
            ("sentinel://a:1;sentinel://b:2/0?master=m", "sentinel://a:1/0;sentinel://b:2/0"),
        ],
    )
    def test_celerys(self, told, brokers):
        assert read_address(told).broker_url == brokers

    @pytest.mark.parametrize(
        ("told", "why"),
        [
            ("redis+cluster://:secret@host", "Cluster"),
            ("sentinel://:secret@host/0", "master"),
            ("rediss://:secret@host/0?ssl_cert_reqs=maybe", "ssl_cert_reqs"),
            ("redis://:secret@host/main", "number"),
        ],
    )
    def test_what_cannot_be_used_is_refused_without_its_password(self, told, why):
        with pytest.raises(ImproperlyConfigured, match=why) as refused:
            read_address(told).broker_url  # noqa: B018
        assert "secret" not in str(refused.value)

    def test_of_sentinel_behind_tls(self):
        address = read_address("sentinel://me:a%40b@host/1?master=m&tls=true&sentinel_password=s&ssl_ca_certs=/ca.pem")
        ways = {"ssl": True, "ssl_cert_reqs": "required", "ssl_ca_certs": "/ca.pem"}
        assert address.options == {"username": "me", "password": "a@b", "db": 1, **ways}
        assert address.broker_options == {"master_name": "m", "sentinel_kwargs": {"password": "s", **ways}}
        assert address.broker_use_ssl["ssl_cert_reqs"].name == "CERT_REQUIRED"


@pytest.mark.django_db
class TestReplica:
    @pytest.fixture(autouse=True)
    def _leads_to_a_replica(self, server, settings):
        with own_redis(replicaof=f"127.0.0.1 {server.port}") as replica:
            settings.REDIS_URL = replica.url
            yield

    def test_it_is_said(self, client):
        answer = client.get("/health/")
        assert (answer.status_code, answer.json()["redis"]) == (200, "failed: ReadOnlyError")

    def test_there_is_a_metric_of_it_and_of_what_is_not_counted(self, alice, client, settings):
        settings.RATE_LIMITS_ON = True
        before = uncounted(client)
        alice.ok("get/networks/")
        assert uncounted(client) > before
        assert "connect_redis_usable 0.0" in client.get("/metrics").content.decode()


def uncounted(client):
    lines = client.get("/metrics").content.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("connect_calls_uncounted_total"))


@pytest.mark.django_db
def test_a_redis_that_writes_is_usable(client):
    assert client.get("/health/").json()["redis"] == "ok"
    assert "connect_redis_usable 1.0" in client.get("/metrics").content.decode()


def test_no_process_starts_on_a_cluster(settings):
    with own_redis(cluster_enabled="yes") as cluster:
        settings.REDIS_URL = cluster.url
        with pytest.raises(SystemExit, match="REDIS_URL: this is a Redis Cluster"):
            refuse_redis_cluster()
