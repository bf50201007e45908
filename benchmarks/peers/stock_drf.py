"""Django REST framework as its tutorial teaches it: an APIView, a ModelSerializer, an authentication class."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.django_settings"
os.environ["BENCH_URLCONF"] = "benchmarks.peers.stock_drf"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

import jwt
from django.urls import path
from rest_framework import authentication, exceptions, permissions, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.peers.models import Network, Person
from benchmarks.peers.work import user_of


class BearerAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request):
        try:
            return Person.objects.get(pk=user_of(request.headers.get("Authorization", "")), is_active=True), None
        except (jwt.PyJWTError, Person.DoesNotExist):
            raise exceptions.AuthenticationFailed from None


class NetworkSerializer(serializers.ModelSerializer):
    class Meta:
        model = Network
        fields = ("id", "network", "network_id", "network_url", "status", "followers", "verified", "connected_at")


class Networks(APIView):
    authentication_classes = [BearerAuthentication]
    permission_classes = [permissions.IsAuthenticated]

    def post(self, request):
        rows = Network.objects.filter(user=request.user).order_by("id")
        return Response({"networks": NetworkSerializer(rows, many=True).data})


urlpatterns = [path("api/get/networks/", Networks.as_view())]
