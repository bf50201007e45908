#!/usr/bin/env bash
# pinterest-api-sdk renews a token and throws the new refresh token away.
#
# Versions: pinterest-api-sdk 0.2.7.
# Expected: Pinterest's own SDK, which renews by `create_client_with_refresh_token`, gives what Pinterest answered: its grants
#           live for 60 days from each renewal, and each answer has the next refresh token.
# Seen:     `get_new_access_token` returns the access token as text, and no object of the SDK keeps the rest: neither the new
#           refresh token, nor when either ends.
# Hurts:    who renews by the SDK for longer than 60 days: the first refresh token ends, and every creator has to sign in
#           again on the same day. Call the token endpoint yourself.
# Output:   returned: 'the next access token'
#           the new refresh token is in the client: False
# Exits 1 if the new refresh token can be had.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pinterest-api-sdk==0.2.7
mkdir "$folder/work"
cat > "$folder/work/renew.py" << 'PYTHON'
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from threading import Thread

ANSWER = {
    "response_type": "refresh_token", "access_token": "the next access token", "token_type": "bearer", "expires_in": 2592000,
    "refresh_token": "the next refresh token", "refresh_token_expires_in": 5184000, "scope": "user_accounts:read",
}


class Pinterest(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Pinterest)
Thread(target=server.serve_forever, daemon=True).start()
os.environ["PINTEREST_API_URI"] = f"http://127.0.0.1:{server.server_port}"
from pinterest.client import PinterestSDKClient
from pinterest.utils.refresh_access_token import get_new_access_token

print("pinterest-api-sdk", version("pinterest-api-sdk"))
returned = get_new_access_token("1", "secret", "pinr.old", os.environ["PINTEREST_API_URI"])
client = PinterestSDKClient.create_client_with_refresh_token("pinr.old", "1", "secret")
kept = "the next refresh token" in repr({**vars(client), **vars(client.configuration)})
print(f"returned: {returned!r}")
print(f"the new refresh token is in the client: {kept}")
sys.exit(kept or returned != "the next access token")
PYTHON
cd "$folder/work"
"$folder/venv/bin/python" renew.py
