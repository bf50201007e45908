from django.urls import path

from social_auth import views

urlpatterns = [
    path("auth/facebook/", views.FacebookConnect.as_view()),
    path("auth/google/", views.GoogleConnect.as_view()),
    path("auth/youtube/", views.YouTubeConnect.as_view()),
    path("auth/instagram/", views.InstagramConnect.as_view()),
    path("auth/twitter/", views.TwitterConnect.as_view()),
    path("auth/tiktok/", views.TikTokConnect.as_view()),
    path("auth/linkedin/", views.LinkedInConnect.as_view()),
    path("auth/pinterest/", views.PinterestConnect.as_view()),
]
