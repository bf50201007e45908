from django.urls import path

from social_auth.privacy.views import AccountErase, AccountEraseCode, AccountEraseStatus, AccountExport

urlpatterns = [
    path("account/export/", AccountExport.as_view()),
    path("account/erase/", AccountErase.as_view()),
    path("account/erase/code/", AccountEraseCode.as_view()),
    path("account/erase/status/", AccountEraseStatus.as_view()),
]
