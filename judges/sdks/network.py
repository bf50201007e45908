"""Leads every call of this process to the sandbox, whatever address an SDK has built in, and trusts its certificate."""

import os
import socket
import ssl
from typing import Any


def lead_to_sandbox() -> None:
    """The SDKs stay as they are: what is changed is where a name leads, and which certificates are believed."""
    port, certificate = int(os.environ["JUDGES_PORT"]), os.environ["JUDGES_CERTIFICATE"]
    os.environ["SSL_CERT_FILE"] = certificate
    resolve, connect, trust = socket.getaddrinfo, socket.socket.connect, ssl.SSLContext.load_verify_locations

    def resolve_to_sandbox(host: Any, asked: Any, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1", port, *rest, **more)

    def connect_to_sandbox(plug: socket.socket, address: Any) -> None:
        connect(plug, ("127.0.0.1", port))  # httplib2 asks for addresses and connects to the name all the same

    def trust_sandbox_too(context: ssl.SSLContext, *given: Any, **more: Any) -> None:
        trust(context, *given, **more)
        trust(context, certificate)

    socket.getaddrinfo = resolve_to_sandbox
    socket.socket.connect = connect_to_sandbox  # type: ignore[method-assign]
    ssl.SSLContext.load_verify_locations = trust_sandbox_too  # type: ignore[method-assign]
