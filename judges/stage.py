"""The sandbox as both sides meet it: ours by its stand-in address, the SDKs by HTTPS at every provider's own name."""

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from social_auth.sandbox.server import PROVIDERS, Handler, Sandbox
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

Heard = list[tuple[Call, Reply]]


class ListeningSandbox(Sandbox):
    """A sandbox that remembers what it was asked, and what it answered."""

    def __init__(self) -> None:
        super().__init__(0)
        self.heard: Heard = []

    def provider_answer(self, call: Call, token: Token | None) -> Reply:
        reply = super().provider_answer(call, token)
        self.heard.append((call, reply))
        return reply

    def take_heard(self) -> Heard:
        heard, self.heard = self.heard, []
        return heard


class NamedHandler(Handler):
    """Answers for the host that the caller named, as the provider's own server would."""

    def serve(self) -> None:
        self.path = f"/{self.headers['Host'].partition(':')[0]}{self.path}"
        super().serve()


@contextmanager
def stage() -> Iterator[tuple[ListeningSandbox, ListeningSandbox, dict[str, str]]]:
    """Our sandbox, that of the SDKs, and what the environment of an SDK's process must say. Both share one world."""
    with tempfile.TemporaryDirectory() as folder, served(ListeningSandbox()) as ours:
        certificate = Path(folder, "sandbox.pem")
        certificate.write_bytes(pem_of(sorted(PROVIDERS)))
        settings.CONNECT_PROVIDER_PROXY = ours.url
        with served(behind_tls(ListeningSandbox(), certificate)) as theirs:
            port = str(theirs.server_address[1])
            told = {"JUDGES_PORT": port, "JUDGES_CERTIFICATE": str(certificate)}
            yield ours, theirs, told | {"NODE_EXTRA_CA_CERTS": str(certificate)}


@contextmanager
def served(sandbox: ListeningSandbox) -> Iterator[ListeningSandbox]:
    Thread(target=sandbox.serve_forever, daemon=True).start()
    try:
        yield sandbox
    finally:
        sandbox.shutdown()
        sandbox.server_close()


def behind_tls(sandbox: ListeningSandbox, certificate: Path) -> ListeningSandbox:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    sandbox.RequestHandlerClass = NamedHandler
    sandbox.socket = context.wrap_socket(sandbox.socket, server_side=True, do_handshake_on_connect=False)
    return sandbox


def pem_of(hosts: list[str]) -> bytes:
    """A key, and a certificate for all hosts that signs itself; good for an hour."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Connect judges")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
