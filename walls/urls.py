from django.urls import path

from walls import views

urlpatterns = [
    path("get/social-walls/", views.WallList.as_view()),
    path("add/social-wall/", views.WallAdd.as_view()),
    path("action/social-wall/appeal/", views.WallAppeal.as_view()),
    path("disconnect/social-wall/", views.WallDisconnect.as_view()),
]
