"""Reading the parameters of a call: its query, and its body as a form, multipart or JSON."""

import json
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

FORM = "application/x-www-form-urlencoded"


def params_of(query: str, body: bytes, content_type: str) -> dict[str, str]:
    """The parameters of query and body together; those of the body win. Unreadable parts are left out."""
    return dict(parse_qsl(query, keep_blank_values=True)) | _of_body(body, content_type)


def _of_body(body: bytes, content_type: str) -> dict[str, str]:
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            return _of_json(body)
        case "multipart/form-data":
            return _of_multipart(body, content_type)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _of_json(body: bytes) -> dict[str, str]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return {name: _text(value) for name, value in parsed.items()} if isinstance(parsed, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _of_multipart(body: bytes, content_type: str) -> dict[str, str]:
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=HTTP)
    params = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        raw = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(raw, bytes):
            params[name] = raw.decode("utf-8", "replace")
    return params
