from django.urls import path

from channels import views

urlpatterns = [
    path("get/social-channels/", views.ChannelList.as_view()),
    path("add/social-channel/", views.ChannelAdd.as_view()),
    path("action/social-channel/appeal/", views.ChannelAppeal.as_view()),
    path("disconnect/social-channel/", views.ChannelDisconnect.as_view()),
]
