from django.urls import path

from pages import views

urlpatterns = [
    path("get/social-pages/", views.PageList.as_view()),
    path("add/social-page/", views.PageAdd.as_view()),
    path("action/social-page/appeal/", views.PageAppeal.as_view()),
    path("disconnect/social-page/", views.PageDisconnect.as_view()),
]
