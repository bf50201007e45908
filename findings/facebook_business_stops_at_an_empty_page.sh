#!/usr/bin/env bash
# facebook-business ends a list at the first page that is empty, though Meta says that more follow.
#
# Versions: facebook-business 26.0.3.
# Expected: iterating over `get_accounts()` goes on as long as `paging.next` is there: Meta filters what may not be seen after
#           it cut the pages, and says that only the absence of `next` ends a list.
# Seen:     the iterator stops at an empty page, however many pages follow, without a word.
# Hurts:    who takes the list for whole: pages, comments or media behind the gap count as lost.
# Output:   pages given by the server: [1, 2], [], [3, 4]; read by the SDK: ['1', '2']
# Exits 1 if all are read.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check facebook-business==26.0.3
cat > "$folder/list.py" << 'PYTHON'
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

PAGES = [["1", "2"], [], ["3", "4"]]


class Graph(BaseHTTPRequestHandler):
    def do_GET(self):
        place = int(parse_qs(urlsplit(self.path).query).get("after", ["0"])[0])
        paging = {"cursors": {"before": str(place), "after": str(place + 1)}}
        if place + 1 < len(PAGES):
            paging["next"] = f"https://graph.facebook.com/v26.0/1/accounts?after={place + 1}"
        body = json.dumps({"data": [{"id": one} for one in PAGES[place]], "paging": paging}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Graph)
Thread(target=server.serve_forever, daemon=True).start()
FacebookSession.GRAPH = f"http://127.0.0.1:{server.server_port}"
api = FacebookAdsApi.init("id", "secret", "token", crash_log=False)
read = [page["id"] for page in User("me", api=api).get_accounts()]
print(f"facebook-business {version('facebook-business')}")
print(f"pages given by the server: {PAGES}; read by the SDK: {read}")
sys.exit(read != ["1", "2"])
PYTHON
"$folder/venv/bin/python" "$folder/list.py"
