"""The outcomes of a provider call: adapters translate every provider's errors into these classes and no other."""

from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar

from connect.errors import ApiError, InvalidAccessToken


class Fault(StrEnum):
    """Who has to do something about an answer."""

    CREATOR = "the creator's"
    OURS = "ours"
    PROVIDER = "the provider's"


class Outcome(Exception):
    """Why a provider call gave no result. Contains no URL, no token and no body."""

    reason = ""
    fault: ClassVar[Fault] = Fault.CREATOR
    counts: ClassVar[bool] = False
    """Whether it counts against the provider as a whole: enough of these open its breaker."""

    def __init__(self, detail: str = "", *, retry_after: int | None = None, maybe_done: bool = False) -> None:
        super().__init__(detail or type(self).__name__)
        self.detail = detail
        self.field = ""
        """The posted field that is wrong, if it is not the obvious one."""
        self.retry_after = retry_after
        self.maybe_done = maybe_done
        """Whether the provider may have done what we asked, as its answer was lost or could not be read."""

    def as_api_error(self, field: str = "access_token") -> ApiError:
        """Return the contract's error; `field` is the one in which the credential was posted."""
        return VerificationFailed(reason=self.reason)


class TokenDead(Outcome):
    """The provider says that the token is expired, revoked or invalid."""

    def as_api_error(self, field: str = "access_token") -> ApiError:
        return ProviderTokenDead(field=self.field or field)


class WrongApp(Outcome):
    """The token was minted for somebody else's app."""

    reason = "wrong_app"


class OtherClient(WrongApp):
    """The credential was issued to another client id than the one that we sent: another of ours, or a stranger's."""


class WrongUser(Outcome):
    """The token opens another account than the one named."""

    reason = "wrong_user"


class MissingScope(Outcome):
    reason = "missing_scope"


class NotConnectable(Outcome):
    """The account is of a kind that cannot be connected: personal, without a channel."""

    reason = "not_connectable"


class LimitedLogin(Outcome):
    """The token is Facebook's signed word of who somebody is, which no call of its API takes."""

    reason = "limited_login"

    def as_api_error(self, field: str = "access_token") -> ApiError:
        return VerificationFailed("A token of Limited Login opens no account: send a code instead", reason=self.reason)


class Gone(Outcome):
    """The account was deleted, suspended or cannot be seen any more."""

    reason = "gone"


class Locked(Outcome):
    """The provider locked the account until its owner does something there; its tokens may be good."""

    reason = "locked"


class Unproven(Outcome):
    """The provider does not say for which app the token was minted."""

    reason = "unproven"


class SpentInVain(Outcome):
    """The posted credential is used up, the account could not be proven, and no repeat can go on from it."""

    def as_api_error(self, field: str = "access_token") -> ApiError:
        return CredentialSpent(field=self.field or field)


class Unavailable(Outcome):
    """Time-out, outage, or an answer that we cannot read: nothing is known, so nothing is changed."""

    fault = Fault.PROVIDER
    counts = True

    def as_api_error(self, field: str = "access_token") -> ApiError:
        return ProviderUnavailable(retry_after=self.retry_after or 30)


class RateLimited(Unavailable):
    """The provider limits us until `retry_after` seconds from now."""


class AccountLimited(RateLimited):
    """One account, user or page is limited, and others are not."""

    counts = False


class HeldBack(RateLimited):
    """Our own budget has no room at the moment; the provider was not called."""

    counts = False


class OutOfCredit(Unavailable):
    """The provider wants money first."""


class Doubtful(Unavailable):
    """The provider renewed the credential and refuses the new token: one of the two answers is wrong."""

    counts = False

    def __init__(self) -> None:
        super().__init__("a token is refused that was just renewed", retry_after=3 * 3600)


class CalledDeadWithMany(Unavailable):
    """The provider calls this token dead, but so many others too that the provider itself must be ill."""

    counts = False


class OurFault(Unavailable):
    """Our configuration or our request is wrong; no account is to blame."""

    fault = Fault.OURS
    counts = False


class VersionRetired(OurFault):
    """The provider no longer serves the API version that we call."""


class Unclear(OurFault):
    """A refusal that no rule of the adapter knows; a developer has to add one."""


class ProviderTokenDead(InvalidAccessToken):
    status_code = HTTPStatus.BAD_REQUEST  # so that an app's 401 handler does not sign the user out


class VerificationFailed(ApiError):
    code = "network_verification_failed"
    message = "Failed to verify network credentials"
    remedy = (
        "`reason` says why. `wrong_app`: the token is not of our app's SDK keys. `wrong_user`: `user_id` is another "
        "account. `missing_scope`: ask the creator for the scopes of `/api/get/network-types/`. `not_connectable`: the "
        "account is of a kind that cannot be connected. `limited_login`: Facebook's iOS SDK gives a token that opens "
        "nothing to who declined tracking: send a `code`, or open a connect link. `gone`: it does not exist any more. "
        "`locked`: its owner must sign in at the provider first. `unproven`: send a code or refresh token too."
    )


class CredentialSpent(ApiError):
    code = "credential_spent"
    message = "What was posted is used up, and the account could not be proven in this moment"
    remedy = (
        "Let the creator sign in at the provider again, and post the new code or token: the provider takes the one in "
        "`field` only once. Nothing was stored."
    )


class ProviderUnavailable(ApiError):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    code = "provider_unavailable"
    message = "The provider is not available at the moment"
    remedy = (
        "Keep the token or code and repeat the same call after `retry_after` seconds: nothing was stored, nothing is "
        "wrong with it. A code that is exchanged by then waits for its repeat for 15 minutes."
    )
