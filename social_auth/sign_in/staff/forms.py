"""The sign-in form of the admin, with the rate limits of the API's sign-in: by address and by name."""

from typing import Any

from allauth.account.adapter import get_adapter
from unfold.forms import AuthenticationForm
from unfold.widgets import INPUT_CLASSES

MAX_CODE = 64


class AdminLoginForm(AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget.attrs |= {"type": "email", "autocomplete": "username"}

    def clean(self) -> dict[str, Any]:
        """Check the password by allauth, as the API's sign-in does; it counts failures by address and by name."""
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            self.user_cache = get_adapter(self.request).authenticate(self.request, email=email, password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


def readable(form: Any) -> Any:
    """allauth's form for a code, styled like the admin's other fields."""
    code = form.fields["code"]
    code.widget.attrs |= {
        "class": " ".join(INPUT_CLASSES),
        "autofocus": True,
        "inputmode": "numeric",
        "placeholder": "",
        "maxlength": MAX_CODE,
    }
    return form
