"""Signing in to the admin: the password, then the second factor, which a first sign-in sets up."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from connect.models import User
from social_auth.sign_in.staff import second_factor
from social_auth.sign_in.staff.forms import readable


class PasswordView(LoginView):
    """The first step; the only one for staff without a second factor where none is required."""

    def get_default_redirect_url(self) -> str:
        return reverse("admin:index")

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if not second_factor.is_needed(user):
            return super().form_valid(form)
        second_factor.remember_password_step(self.request, user, self.get_success_url())
        return redirect("admin:second_factor")


@never_cache
@login_not_required
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the device; without one yet, show how to add it."""
    user, goes_to = second_factor.password_step(request)
    if user is None:
        return redirect("admin:login")
    if second_factor.has_one(user):
        return _ask(request, user, goes_to)
    return _enrol(request, user)


def _ask(request: HttpRequest, user: User, goes_to: str) -> HttpResponse:
    form = readable(AuthenticateForm(data=request.POST or None, user=user))
    if not form.is_valid():
        return _page(request, "second_factor", "Your code", form=form)
    second_factor.sign_in(request, user, form.authenticator)
    return HttpResponseRedirect(goes_to)


def _enrol(request: HttpRequest, user: User) -> HttpResponse:
    form = readable(ActivateTOTPForm(data=request.POST or None, user=user))
    if not form.is_valid():
        url = get_adapter().build_totp_url(user, form.secret)
        qr = get_adapter().build_totp_svg(url)
        more = {"form": form, "qr": qr, "grouped_secret": _in_fours(form.secret)}
        return _page(request, "second_factor", "Set up your second factor", **more)
    goes_to = second_factor.password_step(request)[1]
    authenticator = second_factor.enrol(user, form.secret)
    if authenticator is None:
        return redirect("admin:second_factor")
    second_factor.sign_in(request, user, authenticator)
    codes = second_factor.new_recovery_codes(user)
    return _page(request, "recovery_codes", "Your recovery codes", codes=codes, goes_to=goes_to)


def _in_fours(secret: str) -> str:
    """As people type it: authenticator apps pass over the spaces."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _page(request: HttpRequest, name: str, title: str, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, **more}
    return TemplateResponse(request, f"sign_in/staff/{name}.html", context)
