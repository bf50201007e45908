#!/usr/bin/env bash
# google-api-python-client says of a revoked access token that a refresh token is missing; the API's own answer is lost.
#
# Versions: google-api-python-client 2.202.0, google-auth 2.63.0, google-auth-httplib2 0.4.4.
# Expected: a call with `Credentials(token)`, as a mobile app hands one over, raises HttpError with status 401 and the reason
#           authError when its owner has revoked it: `HttpError` is what the client's documentation names for every refusal.
# Seen:     the transport answers a 401 by renewing; without a refresh token it raises google.auth's RefreshError, which is no
#           HttpError, speaks of "fields need to refresh the access token", and has neither the status nor the body.
# Hurts:    who marks a connection as ended `except HttpError` with status 401: that never runs. A revoked token looks like a
#           fault of one's own configuration.
# Output:   403 insufficientPermissions: HttpError, status 403
#           401 authError: RefreshError, status unknown
# Exits 1 if the 401 comes as an HttpError.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  google-api-python-client==2.202.0 google-auth==2.63.0 google-auth-httplib2==0.4.4
cat > "$folder/read.py" << 'PYTHON'
import json
import sys
from importlib.metadata import version

from google.auth.exceptions import GoogleAuthError
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpMockSequence

for name in ("google-api-python-client", "google-auth", "google-auth-httplib2"):
    print(name, version(name))


def refused(status, reason):
    error = {"code": status, "message": "Refused", "errors": [{"domain": "global", "reason": reason, "message": "Refused"}]}
    answers = HttpMockSequence([({"status": str(status)}, json.dumps({"error": error}))])
    http = AuthorizedHttp(Credentials("an access token"), http=answers)
    try:
        build("youtube", "v3", http=http).channels().list(part="id", mine=True).execute()
    except (HttpError, GoogleAuthError) as raised:
        return f"{type(raised).__name__}, status {getattr(raised, 'status_code', 'unknown')}"


seen = [refused(403, "insufficientPermissions"), refused(401, "authError")]
print("403 insufficientPermissions:", seen[0])
print("401 authError:", seen[1])
sys.exit(seen != ["HttpError, status 403", "RefreshError, status unknown"])
PYTHON
"$folder/venv/bin/python" "$folder/read.py"
