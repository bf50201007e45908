from django.urls import path

from social_auth.sign_in.move_views import SignInMove

urlpatterns = [
    path("account/sign-in/move/", SignInMove.as_view()),
]
