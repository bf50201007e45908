from typing import Any, cast

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from social_auth.sign_in.staff import second_factor
from social_auth.sign_in.staff.views import PasswordView, second_step


class StaffSite(UnfoldAdminSite):
    """The admin, for staff who have shown their second factor."""

    def has_permission(self, request: HttpRequest) -> bool:
        is_staff = super().has_permission(request)
        return is_staff and (second_factor.was_shown(request) or not second_factor.is_needed(request.user))

    def get_urls(self) -> list[URLPattern]:
        return [path("login/code/", second_step, name="second_factor"), *super().get_urls()]

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's own, with another view: Django's would sign in before the second factor."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = {**self.each_context(request), "title": "Log in", "app_path": request.get_full_path()}
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = reverse("admin:index")
        view = PasswordView.as_view(
            extra_context=context | (extra_context or {}),
            authentication_form=self.login_form,
            template_name="admin/login.html",
        )
        return cast(HttpResponse, view(request))
