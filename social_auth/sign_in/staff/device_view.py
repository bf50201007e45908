from typing import Any

from allauth.headless.mfa.views import ManageTOTPView
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse

from connect.api.answers import as_response
from connect.errors import PermissionDenied, ValidationFailed


class DeviceView(ManageTOTPView):
    """allauth's call that adds and removes the device of a second factor; staff cannot remove theirs."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(request, *args, **kwargs)
        except IntegrityError:  # two requests added one at the same time
            return as_response(ValidationFailed("There is a device already", field="code"))

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_staff:
            return as_response(PermissionDenied("Staff keep their second factor: see manage.py reset_second_factor"))
        return super().delete(request, *args, **kwargs)
