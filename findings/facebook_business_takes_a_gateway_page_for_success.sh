#!/usr/bin/env bash
# facebook-business takes what a gateway says with 500, 502 or 504 for a success.
#
# Versions: facebook-business 26.0.3.
# Expected: whatever comes with a status of 500 and more raises FacebookRequestError, as an error of the Graph API does, with
#           the status in it.
# Seen:     the status is not looked at where there is a body: a success is what has no `error` in it, and not the words
#           "Service Unavailable". The page of a 502 or 504 is given as an answer, and counted as one that succeeded. A 500
#           in JSON, {"message": "..."}, becomes a profile whose id is what was asked for, "me". Of a page, objects make a TypeError. Only the 503
#           whose page says so raises FacebookRequestError.
# Hurts:    who retries or gives up by FacebookRequestError.http_status() while a front is ill: the code that waits is never
#           reached. Who stores profiles stores one without fields. Look at `response.status()` yourself.
# Output:   500, JSON: call() is a success; a profile: User {'id': 'me', 'message': 'Internal server error'}
#           502, page: call() is a success; a profile: TypeError
#           503, page: call() is FacebookRequestError; a profile: FacebookRequestError
#           504, page: call() is a success; a profile: TypeError
# Exits 1 if any of that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check facebook-business==26.0.3
cat > "$folder/read.py" << 'PYTHON'
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from threading import Thread

from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

ANSWERS = {
    500: ("application/json", '{"message": "Internal server error"}'),
    502: ("text/html", "<html><head><title>502 Bad Gateway</title></head><body></body></html>"),
    503: ("text/html", "<html><head><title>503 Service Unavailable</title></head><body></body></html>"),
    504: ("text/html", "<html><head><title>504 Gateway Time-out</title></head><body></body></html>"),
}
status = 0


class Gateway(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, text = ANSWERS[status]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *words):
        pass


def called(api):
    try:
        answer = api.call("GET", ("me",))
    except FacebookRequestError:
        return "FacebookRequestError"
    return "a success" if answer.is_success() and answer.status() == status else "something else"


def profile(api):
    try:
        return f"User {User('me', api=api).api_get(fields=['id', 'name']).export_all_data()}"
    except (FacebookRequestError, TypeError) as error:
        return type(error).__name__


server = HTTPServer(("127.0.0.1", 0), Gateway)
Thread(target=server.serve_forever, daemon=True).start()
FacebookSession.GRAPH = f"http://127.0.0.1:{server.server_port}"
api = FacebookAdsApi.init("id", "secret", "token", crash_log=False)
print("facebook-business", version("facebook-business"))
seen = []
for status, (kind, _) in ANSWERS.items():
    seen.append((called(api), profile(api)))
    print(f"{status}, {'JSON' if 'json' in kind else 'page'}: call() is {seen[-1][0]}; a profile: {seen[-1][1]}")
refused = ("FacebookRequestError", "FacebookRequestError")
expected = [("a success", "TypeError"), refused, ("a success", "TypeError")]
sys.exit(seen[1:] != expected or seen[0][0] != "a success" or "Internal" not in seen[0][1])
PYTHON
"$folder/venv/bin/python" "$folder/read.py"
