"""Signing in to the admin, limited as the API's sign-in is: by address and by name."""

from typing import Any

from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm
from unfold.widgets import INPUT_CLASSES

MAX_CODE = 64


class AdminLoginForm(AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget.attrs |= {"type": "email", "autocomplete": "username"}

    def clean(self) -> dict[str, Any]:
        tries = {"action": "login_failed", "key": str(self.cleaned_data.get("username", "")).lower()}
        if not ratelimit.consume(self.request, **tries, dry_run=True):
            raise ValidationError("Too many failed attempts. Try again later.", code="too_many")
        try:
            return super().clean()
        except ValidationError:
            ratelimit.consume(self.request, **tries)
            raise


def readable(form: Any) -> Any:
    """allauth's form for a code, dressed as the admin's other fields are."""
    code = form.fields["code"]
    code.widget.attrs |= {
        "class": " ".join(INPUT_CLASSES),
        "autofocus": True,
        "inputmode": "numeric",
        "placeholder": "",
        "maxlength": MAX_CODE,
    }
    return form
