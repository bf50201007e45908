#!/usr/bin/env bash
# A token answer that was stored as the provider sent it is fresh, expired or eternal: each client has its own idea.
#
# Versions: Authlib 1.9.10, requests-oauthlib 2.0.0 with oauthlib 3.3.1 (under tweepy and python-facebook-api), xdk 0.10.6,
#           google-auth 2.63.0.
# Expected: {"access_token", "refresh_token", "expires_in": 7200}, loaded a day later, is of unknown age to all of them: it is
#           used until the provider refuses it, and renewed then.
# Seen:     Authlib and oauthlib count `expires_in` from the moment of loading: yesterday's token is fresh for two hours, each
#           time that it is loaded, so that it is never renewed ahead, and nothing renews it when it is refused. xdk takes it
#           for expired and spends the refresh token at once. google-auth, which has no expires_in, takes it for good for ever.
#           `expires_at` is what the first three believe; no provider sends it, and their own token objects have it.
# Hurts:    who stores the JSON of the token endpoint, or changes from one client to another: calls fail with 401 although a
#           refresh token is there, or refresh tokens of one use are spent without need. Compute expires_at before you store.
# Output:   Authlib: expires in 7200 s, counted as expired: False
#           oauthlib: expires in 7200 s
#           xdk: counted as expired: True
#           google-auth: counted as expired: False, valid: True
# Exits 1 if any of that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  Authlib==1.9.10 requests==2.34.2 requests-oauthlib==2.0.0 oauthlib==3.3.1 xdk==0.10.6 google-auth==2.63.0
cat > "$folder/load.py" << 'PYTHON'
import json
import sys
import time
from importlib.metadata import version

from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from google.oauth2.credentials import Credentials
from requests_oauthlib import OAuth2Session
from xdk import Client

for name in ("authlib", "requests-oauthlib", "oauthlib", "xdk", "google-auth"):
    print(name, version(name))
STORED = json.dumps({"token_type": "bearer", "access_token": "of yesterday", "refresh_token": "one", "expires_in": 7200})


def left(moment):
    return round((moment - time.time()) / 10) * 10


authlib = AuthlibSession("id", "secret", token=json.loads(STORED)).token
oauthlib = OAuth2Session("id", token=json.loads(STORED))
xdk = Client(client_id="id", client_secret="secret", redirect_uri="https://app.test/", scope="", token=json.loads(STORED))
google = Credentials("of yesterday", refresh_token="one", token_uri="https://t.test/", client_id="id", client_secret="secret")
seen = [
    (left(authlib["expires_at"]), authlib.is_expired()),
    left(oauthlib._client._expires_at),
    xdk.is_token_expired(),
    (google.expired, google.valid),
]
print(f"Authlib: expires in {seen[0][0]} s, counted as expired: {seen[0][1]}")
print(f"oauthlib: expires in {seen[1]} s")
print(f"xdk: counted as expired: {seen[2]}")
print(f"google-auth: counted as expired: {seen[3][0]}, valid: {seen[3][1]}")
sys.exit(seen != [(7200, False), 7200, True, (False, True)])
PYTHON
"$folder/venv/bin/python" "$folder/load.py"
