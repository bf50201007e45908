"""The contract of a provider adapter. What one provider alone does stays in its folder."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from django.conf import settings

from connect.moderation.workflow import Level
from connect.network_table import URLS
from connect.retention import RetentionRule
from social_auth.providers.calls import ProviderCalls
from social_auth.providers.challenges import Challenge
from social_auth.providers.posts import Post
from social_auth.providers.records import Posted, Profile, Proof, Renewal, Step, Subject, Tokens
from social_auth.wire import http
from social_auth.wire.outcomes import (
    HeldBack,
    OtherClient,
    Outcome,
    TokenDead,
    Unavailable,
    WrongUser,
)
from social_auth.wire.secret import Secret

READ_ONE_BY_ONE = 20
"""How many accounts a worker takes where each needs its own call: a task for each would cost more than the call."""


class Adapter(ProviderCalls):
    """One provider. A subclass declares its traits and error rules, and implements proving, reading and revoking."""

    label: ClassVar[str]
    proves_app: ClassVar[bool]
    """Whether the provider can tell for which app a bare access token was issued."""
    batch_size: ClassVar[int] = 1
    """How many accounts one call can read."""
    needs_token: ClassVar[bool] = True
    """Whether reading an account needs its owner's token."""
    revokes: ClassVar[bool] = True
    """Whether the provider has a call that revokes a token."""
    revokes_grant: ClassVar[bool] = True
    """Whether revoking one token revokes the account's whole grant to our app, later tokens included."""
    account_types: ClassVar[tuple[str, ...]]
    """The kinds of account that can be connected, as the provider calls them."""
    obtains: ClassVar[tuple[str, ...]]
    """The fields that connecting fills, as our API names them."""
    counted_anew: ClassVar[tuple[Step, ...]] = ()
    token_life: ClassVar[timedelta | None]
    """How long an access token from the provider's SDK lives; None if the provider does not say."""
    grant_life: ClassVar[timedelta | None] = None
    """How long a refresh token lives, as documented; None if the provider does not say."""
    grant_renews: ClassVar[bool] = False
    """Whether each renewal restarts that life."""
    renewal: ClassVar[Renewal]
    renew_ahead: ClassVar[timedelta]
    """How long before its end a credential is renewed."""
    renew_min_age: ClassVar[timedelta] = timedelta(0)
    """How old an access token must be before the provider renews it."""
    takes_id_token: ClassVar[bool] = False
    """Whether the provider issues id_tokens, which prove the person and the app."""
    pkce: ClassVar[bool] = False
    """Whether an authorization code is only exchanged together with its PKCE verifier."""
    authorize_url: ClassVar[str]
    """The page of the provider on which a creator signs in and consents."""
    authorize_extra: ClassVar[dict[str, str]] = {}
    """Parameters of that page that only this provider has."""
    client_name: ClassVar[str] = "client_id"
    """The provider's name for the parameter `client_id`."""
    scope_separator: ClassVar[str] = " "
    challenge: ClassVar[Challenge] = Challenge.S256
    nonce: ClassVar[bool] = False
    """Whether a code comes with an id_token that repeats the nonce of the authorize URL (OpenID Connect)."""
    issuers: ClassVar[tuple[str, ...]] = ()
    """Accepted values of `iss` in an authorization response (RFC 9207), beside the host of `authorize_url`."""
    always_scopes: ClassVar[tuple[str, ...]] = ()
    """Scopes that are always requested beside the required ones, so that the connection lasts."""
    optional_scopes: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Scopes that the creator may grant or refuse, by purpose: pages, boards, posts."""
    console: ClassVar[str] = ""
    """Where in the provider's console the redirect URI is entered, as the console labels it."""
    asset_noun: ClassVar[str] = ""
    """What the account may administer beside itself, as our API calls it: page, wall or channel; empty if nothing."""
    asset_scopes: ClassVar[tuple[str, ...]] = ()
    """Listing them needs any one of these scopes; none if the required ones are enough."""
    relists: ClassVar[bool] = True
    """Whether the assets are listed again every day, and not only after a connect."""
    required_scopes: ClassVar[tuple[str, ...]] = ()
    prove_cost: ClassVar[int] = 0
    """Units of the daily quota, where the provider has one, that proving an account takes."""
    identify_cost: ClassVar[int] = 0
    """Units that identifying a person at sign-in takes."""
    ping_cost: ClassVar[int] = 0
    posts_cost: ClassVar[int] = 0
    """Calls that reading an account's recent posts takes; 0 if they cannot be read."""
    posts_units: ClassVar[int] = 0
    """Units of the daily quota that those calls take: some calls have a quota of their own."""
    posts_scopes: ClassVar[tuple[str, ...]] = ()
    """Reading them needs all of these, beyond the required scopes."""
    keeps: ClassVar[tuple[RetentionRule, ...]]
    """What the provider's terms let us keep, and for how long."""

    def obtain(self, posted: Posted) -> Tokens:
        """Exchange a posted code or refresh token by our client secret; a bare access token stays as it is.

        The exchange uses up a code, and at some providers the refresh token, so the caller must store or revoke the
        result.
        """
        if posted.code:
            return replace(self.exchange(posted), spent=True)
        if posted.refresh_token and self.renewal in (Renewal.ROTATING, Renewal.STATIC):
            try:
                tokens = self.renew(Secret(posted.access_token, posted.refresh_token))
            except TokenDead as outcome:
                outcome.field = "refresh_token"
                raise
            except OtherClient:  # issued to another client, which alone can renew it
                return Tokens(posted.access_token)
            spent = self.renewal == Renewal.ROTATING
            return replace(tokens, refresh_token=tokens.refresh_token or posted.refresh_token, spent=spent)
        return Tokens(posted.access_token)  # this provider issues no refresh tokens

    def spends(self, posted: Posted) -> bool:
        """Whether obtaining tokens from what was posted may use it up."""
        return bool(posted.code or (posted.refresh_token and self.renewal == Renewal.ROTATING))

    def suffices(self, scopes: Collection[str]) -> bool:
        """Whether these scopes are enough for a connection; some providers do not report any."""
        return not scopes or set(self.required_scopes) <= set(scopes)

    @property
    def offered_scopes(self) -> dict[str, tuple[str, ...]]:
        """The optional scopes for which the provider has approved our app."""
        approved = settings.CONNECT_OPTIONAL_SCOPES
        return {
            purpose: scopes
            for purpose, scopes in self.optional_scopes.items()
            if f"{self.network}.{purpose}" in approved
        }

    @property
    def all_scopes(self) -> tuple[str, ...]:
        """Every scope that an authorize URL may request."""
        offered = [scope for scopes in self.offered_scopes.values() for scope in scopes]
        return (*self.required_scopes, *self.always_scopes, *offered)

    def missing_scopes(self, granted: Collection[str]) -> tuple[str, ...]:
        """The scopes that we request and the creator did not grant; none if the provider does not report grants."""
        if not granted:
            return ()
        enough = {*granted, *(self.required_scopes if self.suffices(granted) else ())}
        enough |= set(self.asset_scopes) if enough & set(self.asset_scopes) else set()  # any one of them is enough
        return tuple(scope for scope in self.all_scopes if scope not in enough)

    def exchange(self, posted: Posted) -> Tokens:
        """Exchange an authorization code with our client secret; raises an Outcome."""
        raise NotImplementedError

    def renew(self, secret: Secret) -> Tokens:
        """Renew a credential in the way that `renewal` names; raises an Outcome."""
        raise NotImplementedError

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        """Prove whose tokens they are, and for which app they were issued; raises an Outcome."""
        raise NotImplementedError

    def identify(self, tokens: Tokens) -> Proof:
        """Prove who somebody is, to sign them in, whether or not the account can be connected; raises an Outcome."""
        return self.prove(tokens)

    def profile_of(self, access_token: str) -> Profile:
        """Return the account that the token belongs to; raises an Outcome."""
        raise NotImplementedError

    def read(self, subject: Subject) -> Profile:
        """Read one account with its owner's token; raises an Outcome, WrongUser if the token belongs to another."""
        profile = self.profile_of(subject.access_token)
        if profile.uid != subject.uid:
            raise WrongUser
        return profile

    def read_many(self, subjects: Sequence[Subject]) -> dict[int, Profile | Outcome]:
        """Read up to `batch_size` accounts, with a result for each; raises an Outcome that concerns all of them."""
        return {subject.pk: self.attempt(subject) for subject in subjects}

    def assets(self, access_token: str) -> list[Profile]:
        """Return the pages, channels, boards or organisations that the account administers; raises an Outcome.

        The list must be complete, else raise: whatever it leaves out counts as no longer administered.
        """
        raise NotImplementedError

    def recent_posts(self, subject: Subject) -> list[Post]:
        """Return the account's newest posts, about a dozen, with the reactions to each; raises an Outcome."""
        raise NotImplementedError

    def revoke(self, secret: Secret, uid: str) -> str:
        """Revoke the token at the provider and return its answer in a word or two; raises an Outcome."""
        raise NotImplementedError

    def ping(self) -> str:
        """Make a call that needs only our keys and return its answer in a few words; raises an Outcome."""
        raise NotImplementedError

    def attempt(self, subject: Subject) -> Profile | Outcome:
        if http.seconds_left() < http.DEADLINE:
            return HeldBack("no time left for a call")
        try:
            return self.read(subject)
        except Outcome as outcome:
            return outcome

    @property
    def claim_size(self) -> int:
        """How many accounts a worker takes at once."""
        return self.batch_size if self.batch_size > 1 else READ_ONE_BY_ONE

    def cost(self, accounts: int) -> tuple[int, int]:
        """How many calls, as the provider counts them, and units of daily quota it takes to read so many accounts."""
        calls = -(-accounts // self.batch_size)
        return calls, calls

    def listing_cost(self, assets: int) -> int:
        """Units of the daily quota that listing so many assets took."""
        return 1

    def charged(self, results: Sequence[Profile | Outcome]) -> int:
        """How many units of the quota these results cost: a call that was not answered costs nothing."""
        answered = sum(not isinstance(result, Unavailable) for result in results)
        return self.cost(answered)[1]

    @property
    def proof_levels(self) -> dict[str, str]:
        """The level of proof that each way of connecting gives."""
        levels = {"access_token": Level.APP if self.proves_app else Level.USER, "code": Level.APP}
        if self.renewal in (Renewal.ROTATING, Renewal.STATIC):
            levels["refresh_token"] = Level.APP
        return {way: str(level) for way, level in levels.items()}

    @property
    def signs_in_with(self) -> list[str]:
        """The credentials that may sign somebody in: those that are proven to be issued to our app."""
        ways = [way for way, level in self.proof_levels.items() if level == Level.APP]
        return [*ways, "id_token"] if self.takes_id_token else ways

    @property
    def home(self) -> str:
        return f"https://{URLS[self.network].home}"
