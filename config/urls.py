from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config import health
from config.landing import landing
from connect.api import answers
from connect.api.answers import get_only
from connect.desk import queue_page, record_page
from connect.desk.bulk_page import report
from connect.desk.many import decide_many
from connect.events.views import EventFeed
from social_auth.callbacks.views import deletion_status
from social_auth.connections import link_pages
from social_auth.notices.views import unsubscribe_page
from social_auth.privacy.pages import delete_account, erasure_receipt
from social_auth.sign_in.staff.device_view import DeviceView
from social_auth.sign_in.views import PasswordChange, SignIns, TokenSignIn

SWITCHED_OFF = (
    "account/phone",
    "auth/phone/verify",
    "auth/phone/verify/resend",
    "auth/provider/redirect",
)
"""Calls of allauth that we do not offer: telephone numbers, and signing in by redirect."""
ROOMS_WITH_CALLS = ("privacy", "sign_in", "refresh", "assets", "connections", "callbacks", "notices")

urlpatterns = [
    path("", get_only(landing)),
    path("api/", include("networks.urls")),
    path("api/", include("pages.urls")),
    path("api/", include("walls.urls")),
    path("api/", include("channels.urls")),
    *[path("api/", include(f"social_auth.{room}.urls")) for room in ROOMS_WITH_CALLS],
    path("api/get/events/", EventFeed.as_view()),
    path("api/schema/", get_only(SpectacularAPIView.as_view()), name="schema"),
    path("api/docs/", get_only(SpectacularSwaggerView.as_view(url_name="schema")), name="docs"),
    path("connect/callback/<slug:network>/", link_pages.callback, name="connect-callback"),
    path("connect/brand.css", link_pages.brand_sheet, name="connect-brand"),
    path("connect/<str:secret>/", link_pages.link_page, name="connect-link"),
    path("notices/unsubscribe/<str:token>/", unsubscribe_page, name="unsubscribe"),
    path("account/delete", delete_account),  # as people type it
    path("account/delete/", delete_account, name="delete-account"),
    path("account/delete/<slug:code>/", get_only(erasure_receipt), name="erasure-receipt"),
    path("deletion/<slug:code>/", get_only(deletion_status), name="deletion-status"),
    *[path(f"_allauth/app/v1/{route}", answers.no_such_call) for route in SWITCHED_OFF],
    path("_allauth/app/v1/auth/provider/token", TokenSignIn.as_api_view(client="app")),
    path("_allauth/app/v1/account/password/change", PasswordChange.as_api_view(client="app")),
    path("_allauth/app/v1/account/providers", SignIns.as_api_view(client="app")),
    path("_allauth/app/v1/account/authenticators/totp", DeviceView.as_api_view(client="app")),
    path("_allauth/", include("allauth.headless.urls")),
    path("admin/queue/", admin.site.admin_view(queue_page.waiting), name="desk-queue"),
    path("admin/queue/decide/", admin.site.admin_view(decide_many), name="desk-decide-many"),
    path("admin/queue/bulk/<int:pk>/", admin.site.admin_view(report), name="desk-bulk"),
    path("admin/queue/undo/", admin.site.admin_view(record_page.take_back), name="desk-undo"),
    path("admin/queue/<slug:noun>/<int:pk>/", admin.site.admin_view(record_page.record), name="desk-record"),
    path("admin/", admin.site.urls),
    path("health/live", get_only(health.live)),
    path("health/ready", get_only(health.ready)),
    path("health/", get_only(health.everything)),
    path("metrics", get_only(health.metrics)),
]
handler400 = "connect.api.answers.bad_request"
handler403 = "connect.error_pages.permission_denied"
handler404 = "connect.error_pages.not_found"
handler500 = "connect.error_pages.server_error"
