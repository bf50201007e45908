"""Django Ninja as its documentation shows it: a bearer class, a schema, a decorated function."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.django_settings"
os.environ["BENCH_URLCONF"] = "benchmarks.peers.ninja_api"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from datetime import datetime

import jwt
from django.urls import path
from ninja import NinjaAPI, Schema
from ninja.security import HttpBearer

from benchmarks.peers.models import Network, Person
from benchmarks.peers.work import user_of


class Bearer(HttpBearer):
    def authenticate(self, request, token):
        try:
            return Person.objects.get(pk=user_of(token), is_active=True)
        except (jwt.PyJWTError, Person.DoesNotExist):
            return None


class NetworkOut(Schema):
    id: int
    network: str
    network_id: str
    network_url: str
    status: str
    followers: int | None
    verified: bool
    connected_at: datetime


class NetworksOut(Schema):
    networks: list[NetworkOut]


api = NinjaAPI(auth=Bearer(), docs_url=None)


@api.post("/get/networks/", response=NetworksOut)
def networks(request):
    return {"networks": list(Network.objects.filter(user=request.auth).order_by("id"))}


urlpatterns = [path("api/", api.urls)]
