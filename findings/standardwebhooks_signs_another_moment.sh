#!/usr/bin/env bash
# standardwebhooks (Python) signs another moment than the one it is given, unless that is written in UTC.
#
# Versions: standardwebhooks 1.1.0 for Python; the npm package standardwebhooks 1.0.0 beside it does not.
# Guess:    `sign(id, timestamp, body)` signs the moment that an aware datetime names, in whatever zone it is written.
# Seen:     it replaces the zone by UTC and keeps the hands of the clock: 12:00+02:00 is signed as 12:00 UTC.
# Hurts:    who signs with `datetime.now().astimezone()` on a server whose zone is not UTC: no receiver accepts it, and
#           tests on a machine in UTC do not tell. Pass `datetime.now(timezone.utc)`, or convert before.
# Output:   the same moment in UTC: verifies
#           the same moment at +02:00: No matching signature found
# Exits 1 if both verify.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check standardwebhooks==1.1.0
cat > "$folder/sign.py" << 'PYTHON'
import base64
import sys
from datetime import datetime, timedelta, timezone

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook("whsec_" + base64.b64encode(b"made up for this finding").decode())
moment = datetime.now(timezone.utc)


def verdict(written):
    """What a receiver says of a message signed with that datetime, whose header names the moment."""
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(moment.timestamp())),
               "webhook-signature": webhook.sign("msg_1", written, "{}")}
    try:
        webhook.verify("{}", headers)
    except WebhookVerificationError as error:
        return str(error)
    return "verifies"


elsewhere = moment.astimezone(timezone(timedelta(hours=2)))
assert elsewhere == moment
told = verdict(elsewhere)
print("the same moment in UTC:", verdict(moment))
print("the same moment at +02:00:", told)
sys.exit(told == "verifies")
PYTHON
"$folder/venv/bin/python" "$folder/sign.py"
