#!/usr/bin/env bash
# xdk, X's own SDK, renews a token that has two hours left, by a read, and spends the stored refresh token by that.
#
# Versions: xdk 0.10.6 for Python.
# Expected: `Client(token=...)` with what X's token endpoint answered (access_token, refresh_token, expires_in 7200) uses the
#           access token, and renews it when it has expired or is refused.
# Seen:     the SDK knows the end of a token by `expires_at` alone, which X does not send; without it a token counts as
#           expired. So `users.get_me()` posts the refresh token first, in each new client. X's refresh tokens are good for
#           one use: the one in your database is spent, the new one is in client.token and nowhere else, and nothing tells you.
# Hurts:    who builds a client per request from what was stored: the second request sends a refresh token that is spent, X
#           refuses it and ends the grant, and the creator has to sign in again. Store `expires_at`, and store client.token
#           after every call.
# Output:   the first client: reads by 'renewed', the token endpoint was called 1 time(s)
#           the second client, from the same stored token: InvalidGrantError after sending the spent refresh token
#           with expires_at in the stored token: reads by 'stored', the token endpoint was called 0 time(s)
# Exits 1 if the stored access token is used.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xdk==0.10.6
cat > "$folder/read.py" << 'PYTHON'
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from threading import Thread
from urllib.parse import parse_qs

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the X of this script is on this machine, without TLS
from oauthlib.oauth2 import OAuth2Error
from xdk import Client

renewed, spent, used = [], set(), []


class X(BaseHTTPRequestHandler):
    """Refresh tokens of one use, and users/me for any access token."""

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        [refresh_token] = form["refresh_token"]
        renewed.append(refresh_token)
        if refresh_token in spent:
            self.answer(400, {"error": "invalid_grant", "error_description": "Value passed for the token was invalid."})
            return
        spent.add(refresh_token)
        self.answer(200, ANSWER | {"access_token": "renewed", "refresh_token": f"after {refresh_token}"})

    def do_GET(self):
        used.append(self.headers["Authorization"].removeprefix("Bearer "))
        self.answer(200, {"data": {"id": "1", "name": "Maya", "username": "maya"}})

    def answer(self, status, body):
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *words):
        pass


ANSWER = {
    "token_type": "bearer", "expires_in": 7200, "access_token": "stored", "refresh_token": "first",
    "scope": "users.read tweet.read offline.access",
}
server = HTTPServer(("127.0.0.1", 0), X)
Thread(target=server.serve_forever, daemon=True).start()


def read(token):
    """What a request of a web app does: a client out of what is stored, and one call."""
    renewed.clear()
    client = Client(
        base_url=f"http://127.0.0.1:{server.server_port}", client_id="id", client_secret="secret", token=dict(token),
        redirect_uri="https://app.test/", scope=token["scope"].split(),
    )
    try:
        client.users.get_me()
    except OAuth2Error as error:
        return f"{type(error).__name__} after sending the {'spent' if renewed[0] in spent else 'new'} refresh token"
    return f"reads by {used[-1]!r}, the token endpoint was called {len(renewed)} time(s)"


print("xdk", version("xdk"))
seen = [read(ANSWER), read(ANSWER), read(ANSWER | {"expires_at": time.time() + 7200})]
print("the first client:", seen[0])
print("the second client, from the same stored token:", seen[1])
print("with expires_at in the stored token:", seen[2])
sys.exit(seen != [
    "reads by 'renewed', the token endpoint was called 1 time(s)",
    "InvalidGrantError after sending the spent refresh token",
    "reads by 'stored', the token endpoint was called 0 time(s)",
])
PYTHON
"$folder/venv/bin/python" "$folder/read.py"
