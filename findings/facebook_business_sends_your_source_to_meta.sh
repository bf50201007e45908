#!/usr/bin/env bash
# facebook-business sends the source lines of your own uncaught errors to Meta, if your path has its name in it.
#
# Versions: facebook-business 26.0.3.
# Expected: `FacebookAdsApi.init(id, secret, token)` keeps three values; at most, errors that the SDK itself raised are reported.
# Seen:     it takes over sys.excepthook (crash_log=True is what nobody says). Any uncaught error whose traceback passes a
#           file with "facebook_business" anywhere in its path is posted to graph.facebook.com/<app id>/instruments, with the
#           traceback: file names, function names and source lines. A project that lies in .../facebook_business_sync/ has
#           that in every path: a ZeroDivisionError of its own, which never touched the SDK, is posted.
# Hurts:    who has names, keys or customers in a source line, and whoever waits for the process to end: it posts first.
#           Say crash_log=False.
# Output:   errors posted from .../facebook_business_sync/report.py: 1
#           in it: balance_of_customer_4711 = 1 / 0
#           errors posted from .../sync/report.py: 0
# Exits 1 if nothing of that is posted.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check facebook-business==26.0.3
mkdir "$folder/facebook_business_sync" "$folder/sync"
cat > "$folder/report.py" << 'PYTHON'
import os

from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

FacebookSession.GRAPH = os.environ["GRAPH"]
FacebookAdsApi.init("4242", "secret", "token")
balance_of_customer_4711 = 1 / 0
PYTHON
cp "$folder/report.py" "$folder/facebook_business_sync/"; cp "$folder/report.py" "$folder/sync/"
cat > "$folder/listen.py" << 'PYTHON'
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from threading import Thread
from urllib.parse import unquote_plus

heard = []


class Meta(BaseHTTPRequestHandler):
    def do_POST(self):
        heard.append(unquote_plus(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Meta)
Thread(target=server.serve_forever, daemon=True).start()
environment = {**os.environ, "GRAPH": f"http://127.0.0.1:{server.server_port}"}


def posted_from(folder):
    heard.clear()
    script = os.path.join(sys.argv[1], folder, "report.py")
    subprocess.run([sys.executable, script], env=environment, stderr=subprocess.DEVNULL, check=False)
    print(f"errors posted from .../{folder}/report.py: {len(heard)}")
    return list(heard)


print("facebook-business", version("facebook-business"))
named = posted_from("facebook_business_sync")
line = "balance_of_customer_4711 = 1 / 0"
print("in it:", line if named and line in named[0] else "no source line")
other = posted_from("sync")
sys.exit(not (len(named) == 1 and line in named[0] and other == []))
PYTHON
"$folder/venv/bin/python" "$folder/listen.py" "$folder"
