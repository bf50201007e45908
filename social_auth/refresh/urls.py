from django.urls import path

from social_auth.refresh.views import NetworkRefresh

urlpatterns = [
    path("network/refresh/", NetworkRefresh.as_view()),
]
