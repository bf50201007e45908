from django.urls import path

from networks import views

urlpatterns = [
    path("get/networks/", views.NetworkList.as_view()),
    path("get/network-history/", views.NetworkHistory.as_view()),
    path("action/network-extra/update/", views.NetworkExtraUpdate.as_view()),
    path("action/network/approval/", views.NetworkApproval.as_view()),
    path("action/network/appeal/", views.NetworkAppeal.as_view()),
    path("network/status/", views.NetworkStatus.as_view()),
    path("network/disconnect/", views.NetworkDisconnect.as_view()),
]
