#!/usr/bin/env bash
# python-facebook-api's get_full_connections gives ten, and its sleep_on_rate_limit, which is on, never sleeps.
#
# Versions: python-facebook-api 0.24.0.
# Expected: `get_full_connections("me", "accounts")` gives all pages: it is called full, and its docstring says of `count`
#           "Default is None will get all data". `GraphAPI(...)` waits when Meta's X-App-Usage says 100 %, as
#           sleep_on_rate_limit is True by default.
# Seen:     the default of `count` is 10: of 30 pages ten come back, and `paging.next` is left in the answer. The wait is 0
#           seconds at any usage: there are no steps to wait by unless sleep_seconds_mapping is given; and if it is, calls at a
#           usage of 1 % wait, too, by its first step.
# Hurts:    who lists pages, media or comments by the method that is there for it: from the eleventh on they count as lost.
#           Who relies on the wait is blocked by Meta. Pass count=None.
# Output:   of 30 pages: 10
#           of 30 pages with count=None: 30
#           usage 100 %: waited 0 s
#           usage 1 % with {90: 2, 100: 60}: waited 2 s
# Exits 1 if any of that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-facebook-api==0.24.0
cat > "$folder/list.py" << 'PYTHON'
import json
import sys
import time
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

import requests
from pyfacebook import GraphAPI

waits = []
time.sleep = waits.append  # what it would wait is told, and not waited


class Graph(requests.adapters.BaseAdapter):
    """Thirty pages, ten at a time, as Meta lists them."""

    usage = 0

    def send(self, request, **more):
        after = int(parse_qs(urlsplit(request.url).query).get("after", ["0"])[0])
        body = {"data": [{"id": str(number)} for number in range(after, after + 10)]}
        if after < 20:
            body["paging"] = {"next": f"https://graph.facebook.com/v24.0/1/accounts?after={after + 10}"}
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, request.url
        answer.headers["Content-Type"] = "application/json"
        usage = {"call_count": self.usage, "total_time": self.usage, "total_cputime": self.usage}
        answer.headers["X-App-Usage"] = json.dumps(usage)
        answer._content = json.dumps(body).encode()
        return answer

    def close(self):
        pass


def api(usage=0, **more):
    made = GraphAPI(access_token="token", **more)
    graph = Graph()
    graph.usage = usage
    made.session.mount("https://", graph)
    return made


def waited(usage, **more):
    waits.clear()
    api(usage, **more).get_connection("me", "accounts")
    return sum(waits)


print("python-facebook-api", version("python-facebook-api"))
seen = [
    len(api().get_full_connections("me", "accounts")["data"]),
    len(api().get_full_connections("me", "accounts", count=None)["data"]),
    waited(100),
    waited(1, sleep_seconds_mapping={90: 2, 100: 60}),
]
print("of 30 pages:", seen[0])
print("of 30 pages with count=None:", seen[1])
print("usage 100 %: waited", seen[2], "s")
print("usage 1 % with {90: 2, 100: 60}: waited", seen[3], "s")
sys.exit(seen != [10, 30, 0, 2])
PYTHON
"$folder/venv/bin/python" "$folder/list.py"
