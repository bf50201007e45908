#!/usr/bin/env bash
# Behind a server that listens on IPv6 and IPv4 at once, allauth's limits by address count all IPv4 callers as one.
#
# Versions: django-allauth 65.21.1, Django 5.2.19, granian 2.8.7, Linux.
# Guess:    allauth counts IPv6 callers by their /64 and IPv4 callers one by one, whatever the server listens on.
# Seen:     granian on `::` takes IPv4 calls too, as Linux does by default, and gives their address as it got it from the
#           kernel: `::ffff:127.0.0.1`. allauth takes that for an IPv6 address and cuts it to its /64, which is `::` for
#           every IPv4 address there is.
# Hurts:    whoever runs such a server: a few sign-ins from anywhere use up the limit of all IPv4 callers, and what
#           somebody does with a wrong password locks everybody out. Write such addresses as IPv4 in the account
#           adapter's `get_client_ip`, or let a proxy in front say the address.
# Output:   203.0.113.1 counts as 203.0.113.1
#           granian on :: says of 127.0.0.1: ::ffff:127.0.0.1, of 127.0.0.2: ::ffff:127.0.0.2
#           allauth counts them as :: and ::
# Exits 1 if they are counted one by one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  django==5.2.19 django-allauth==65.21.1 granian==2.8.7
cat > "$folder/app.py" << 'PYTHON'
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["REMOTE_ADDR"].encode()]
PYTHON
cat > "$folder/ask.py" << 'PYTHON'
import http.client
import socket
import subprocess
import sys
import time

from django.conf import settings

settings.configure(CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}})
from allauth.core.internal.ratelimit import truncate_ip

with socket.socket(socket.AF_INET6) as free:
    free.bind(("::", 0))
    port = free.getsockname()[1]
server = subprocess.Popen(
    [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "::", "--port", str(port), "app:application"],
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def told(source):
    """The address that the application sees of a caller from there."""
    for _ in range(100):
        try:
            caller = http.client.HTTPConnection("127.0.0.1", port, source_address=(source, 0))
            caller.request("GET", "/")
            return caller.getresponse().read().decode()
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("granian did not start")


try:
    seen = [told("127.0.0.1"), told("127.0.0.2")]
finally:
    server.terminate()
    server.wait()
counted = [truncate_ip(address) for address in seen]
print("203.0.113.1 counts as", truncate_ip("203.0.113.1"))
print(f"granian on :: says of 127.0.0.1: {seen[0]}, of 127.0.0.2: {seen[1]}")
print("allauth counts them as", " and ".join(counted))
sys.exit(len(set(counted)) != 1)
PYTHON
cd "$folder"
venv/bin/python ask.py
