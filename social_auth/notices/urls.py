from django.urls import path

from social_auth.notices.views import AccountNotices

urlpatterns = [path("account/notices/", AccountNotices.as_view())]
