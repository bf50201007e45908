"""The page at `/`: links to the documentation, the desk and the sandbox, and three calls to begin with."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.version import VERSION

SIGN_UP = """\
curl -s {base}/_allauth/app/v1/auth/signup \\
  -H 'Content-Type: application/json' \\
  -d '{{"email": "maya@example.com", "password": "correct-horse-battery"}}'"""
CONNECT = """\
curl -s {base}/api/auth/instagram/ \\
  -H "Authorization: Bearer $TOKEN" -H 'Idempotency-Key: tap-1' \\
  -d access_token=… -d user_id=…"""
LIST = """\
curl -s {base}/api/get/networks/ \\
  -H "Authorization: Bearer $TOKEN" -d view=full"""
STEPS = (
    ("Sign a creator up, and keep both tokens", SIGN_UP),
    ("Connect an account with what the provider's SDK gave you", CONNECT),
    ("Show it", LIST),
)


def landing(request: HttpRequest) -> HttpResponse:
    base = request.build_absolute_uri("/")[:-1]
    steps = [(title, command.format(base=base)) for title, command in STEPS]
    context = {"version": VERSION, "steps": steps, "sandbox": settings.CONNECT_PROVIDER_PROXY}
    return render(request, "landing.html", context)
