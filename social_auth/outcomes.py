"""What a provider call can come to, above the adapter: these and nothing else (design section 7)."""

from http import HTTPStatus

from connect.errors import ApiError, InvalidAccessToken


class Outcome(Exception):
    """Why a provider call gave no result. Carries no URL, no token and no body."""

    reason = ""

    def __init__(self, detail: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(detail or type(self).__name__)
        self.detail = detail
        self.field = ""
        """The posted field that is to blame, if it is not the obvious one."""
        self.retry_after = retry_after

    def as_api_error(self, field: str = "access_token") -> ApiError:
        """Return the contract's error; `field` is the one in which the credential was posted."""
        return VerificationFailed(reason=self.reason)


class TokenDead(Outcome):
    """The provider says the token is expired, revoked or never was."""

    def as_api_error(self, field: str = "access_token") -> ApiError:
        return ProviderTokenDead(field=self.field or field)


class WrongApp(Outcome):
    """The token was minted for somebody else's app."""

    reason = "wrong_app"


class WrongUser(Outcome):
    """The token opens another account than the one named."""

    reason = "wrong_user"


class MissingScope(Outcome):
    reason = "missing_scope"


class NotConnectable(Outcome):
    """The account is of a kind that cannot be connected: personal, without a channel."""

    reason = "not_connectable"


class Gone(Outcome):
    """The account was deleted, suspended or cannot be seen any more."""

    reason = "gone"


class Unproven(Outcome):
    """The provider does not say for which app the token was minted."""

    reason = "unproven"


class Unavailable(Outcome):
    """Time-out, outage, an answer nobody understands: we do not know, and change nothing."""

    def as_api_error(self, field: str = "access_token") -> ApiError:
        return ProviderUnavailable(retry_after=self.retry_after or 30)


class RateLimited(Unavailable):
    """The provider limits us until `retry_after` seconds from now."""


class HeldBack(RateLimited):
    """Our own budget has no room at the moment: nobody was asked."""


class OutOfCredit(Unavailable):
    """The provider wants money first."""


class Doubtful(Unavailable):
    """The provider renewed the credential, and refuses the token that it gave: one of the two is wrong."""

    def __init__(self) -> None:
        super().__init__("a token is refused that was just renewed", retry_after=3 * 3600)


class OurFault(Unavailable):
    """Our configuration or our request is wrong; no account is to blame."""


class ProviderTokenDead(InvalidAccessToken):
    status_code = HTTPStatus.BAD_REQUEST  # so that an app's 401 handler does not sign the user out


class VerificationFailed(ApiError):
    code = "network_verification_failed"
    message = "Failed to verify network credentials"
    remedy = (
        "`reason` says why. `wrong_app`: the token is not of our app's SDK keys. `wrong_user`: `user_id` is another "
        "account. `missing_scope`: ask the creator for the scopes of `/api/get/network-types/`. `not_connectable`: the "
        "account is of a kind that cannot be connected. `gone`: it does not exist any more. `unproven`: send a code or "
        "refresh token too."
    )


class ProviderUnavailable(ApiError):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    code = "provider_unavailable"
    message = "The provider is not available at the moment"
    remedy = (
        "Keep the token and repeat the call after `retry_after` seconds: nothing was stored, nothing is wrong with it."
    )
