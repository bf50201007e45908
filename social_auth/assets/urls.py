from django.urls import path

from social_auth.assets.views import NetworkAssets

urlpatterns = [
    path("get/network-assets/", NetworkAssets.as_view()),
]
