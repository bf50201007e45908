#!/usr/bin/env bash
# xdk, X's own SDK, refuses the answers that X's own documentation shows.
#
# Versions: xdk 0.10.6 for Python.
# Expected: `users.get_me` and `users.get_by_ids` read the samples of docs.x.com (user lookup): a user whose public_metrics has
#           tweet_count; a list of users with one that is missing beside them, as an error whose type is at api.twitter.com.
# Seen:     both raise pydantic's ValidationError, for the whole answer: post_count is required, and a problem's type must be
#           at api.x.com. One account of a hundred that is suspended costs the other 99.
# Hurts:    who reads users in batches: a single deleted account makes the call fail, after X has counted all as read. The
#           answer itself is lost, as the error does not carry it.
# Output:   a user with tweet_count: ValidationError at data.public_metrics.post_count
#           two users, one of whom is suspended: ValidationError
#           the same two with the type at api.x.com: 1 user, 1 error
# Exits 1 if it reads them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xdk==0.10.6
cat > "$folder/read.py" << 'PYTHON'
import json
import sys
from importlib.metadata import version

import requests
from pydantic import ValidationError
from xdk import Client

OLD, NEW = "https://api.twitter.com/2/problems/resource-not-found", "https://api.x.com/2/problems/resource-not-found"


def answering(body):
    """A client whose every call is answered so."""

    class Answering(requests.adapters.BaseAdapter):
        def send(self, request, **more):
            answer = requests.Response()
            answer.status_code, answer.request, answer.url = 200, request, request.url
            answer._content = json.dumps(body).encode()
            return answer

        def close(self):
            pass

    client = Client(bearer_token="of an app", access_token="of a person")
    client.session.mount("https://", Answering())
    return client


def user(**counts):
    counts = {"followers_count": 583423, "following_count": 2048, "listed_count": 1672, **counts}
    return {"id": "2244994945", "name": "X Developers", "username": "XDevelopers", "public_metrics": counts}


def gone(kind):
    return {
        "value": "481186914", "detail": "User has been suspended: [481186914].", "title": "Forbidden", "type": kind,
        "resource_type": "user", "parameter": "ids", "resource_id": "481186914",
    }


def looked_up(kind):
    body = {"data": [user(post_count=14052)], "errors": [gone(kind)]}
    try:
        answer = answering(body).users.get_by_ids(ids=["2244994945", "481186914"], user_fields=["public_metrics"])
        return f"{len(answer.data)} user, {len(answer.errors)} error"
    except ValidationError:
        return "ValidationError"


print("xdk", version("xdk"))
try:
    mine = answering({"data": user(tweet_count=14052)}).users.get_me(user_fields=["public_metrics"]).data.username
except ValidationError as error:
    mine = f"ValidationError at {'.'.join(map(str, error.errors()[0]['loc']))}"
seen = [mine, looked_up(OLD), looked_up(NEW)]
print("a user with tweet_count:", seen[0])
print("two users, one of whom is suspended:", seen[1])
print("the same two with the type at api.x.com:", seen[2])
sys.exit(seen != ["ValidationError at data.public_metrics.post_count", "ValidationError", "1 user, 1 error"])
PYTHON
"$folder/venv/bin/python" "$folder/read.py"
