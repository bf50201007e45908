"""Pages to erase an account without the app, as the app stores require: an address, a mailed code, and the receipt.

They use no cookie, so CSRF has nothing to misuse: nothing happens without a mailed code, and requests are rate-limited.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from connect.errors import RateLimited
from connect.public_pages import page
from social_auth.privacy import erasure
from social_auth.privacy.erasure_by_mail import ask_for_code, erase_by_code
from social_auth.privacy.models import ErasureReceipt

PAGE = "privacy/delete_account.html"
NO_ADDRESS = "That is not an e-mail address."
NOT_CONFIRMED = "Tick the box if the account is to be erased for good."
WRONG_CODE = "That code does not fit, or it is too old. After three wrong tries it is worth nothing: ask for another."
TOO_MANY = "Too many tries. Wait a minute, and try again."


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request, PAGE, {})
    email = request.POST.get("email", "").strip()
    try:
        validate_email(email)
        return _step(request, email)
    except ValidationError:
        return _again(request, 400, problem=NO_ADDRESS)
    except RateLimited as error:
        answer = _again(request, 429, problem=TOO_MANY, email=email)
        answer["Retry-After"] = str(error.extra["retry_after"])
        return answer


def _step(request: HttpRequest, email: str) -> HttpResponse:
    """Mail a code, or check one. The answer does not reveal whether an account has that address."""
    code = request.POST.get("code")
    if code is None:
        ask_for_code(request, email)
        return page(request, PAGE, {"email": email, "asked": True})
    if request.POST.get("confirm") != "erase":
        return _again(request, 400, problem=NOT_CONFIRMED, email=email, asked=True)
    receipt = erase_by_code(request, email, code)
    if receipt is None:
        return _again(request, 403, problem=WRONG_CODE, email=email, asked=True)
    return redirect("erasure-receipt", code=receipt.code)


def _again(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    return page(request, PAGE, context, status=status)


def erasure_receipt(request: HttpRequest, code: str) -> HttpResponse:
    """How far an erasure is. Anybody with the receipt may see it, as it names nobody."""
    receipt = ErasureReceipt.objects.filter(code=code).first()
    if receipt is None:
        return page(request, "privacy/erasure_receipt.html", {}, status=404)
    return page(request, "privacy/erasure_receipt.html", {"receipt": receipt, **erasure.progress(receipt)})
