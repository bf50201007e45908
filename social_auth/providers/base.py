"""The contract of a provider adapter, and what all seven share. Vendor oddities stop in the seven files beside this."""

import math
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone

from connect.moderation.workflow import Level
from connect.network_table import URLS
from connect.retention import Kept
from social_auth.budgets import fault_alarm, spending
from social_auth.providers import versions
from social_auth.providers.challenges import Challenge
from social_auth.providers.posts import Post
from social_auth.providers.records import Posted, Profile, Proof, Renewal, Step, Subject, Tokens
from social_auth.providers.rules import LAST_RULES, About, Facts, Rule
from social_auth.wire import http
from social_auth.wire.breaker import Breaker
from social_auth.wire.limits import MAX_WAIT, requested_wait
from social_auth.wire.outcomes import (
    Fault,
    HeldBack,
    OtherClient,
    OurFault,
    Outcome,
    OutOfCredit,
    RateLimited,
    TokenDead,
    Unavailable,
    WrongUser,
)
from social_auth.wire.secret import Secret

TAKEN = 20
"""How many accounts a worker takes at once that are read one by one: a task for each would cost more than its call."""


_token = threading.local()


@contextmanager
def of_a_stranger(tokens: Tokens) -> Iterator[None]:
    """While a bare token is proven, which may be another app's: what its answers say of limits is not said of ours."""
    _token.is_a_strangers = not tokens.spent
    try:
        yield
    finally:
        _token.is_a_strangers = False


class Adapter:
    """One provider. A leaf declares its traits and rules, and says how to verify, read and revoke."""

    network: ClassVar[str]
    provider_id: ClassVar[str]
    """allauth's id, and in capitals the prefix of its keys in the environment."""
    label: ClassVar[str]
    proves_app: ClassVar[bool]
    """Whether a bare token can be proven to be minted for our app."""
    batch_size: ClassVar[int] = 1
    """How many accounts one call reads."""
    needs_token: ClassVar[bool] = True
    """Whether reading an account needs its owner's token."""
    revokes: ClassVar[bool] = True
    revokes_grant: ClassVar[bool] = True
    """Whether revoking one token ends all that the account gave our app, later tokens included."""
    account_types: ClassVar[tuple[str, ...]]
    """The kinds of account that can be connected, in the provider's words."""
    obtains: ClassVar[tuple[str, ...]]
    """What connecting gives, in the API's words."""
    counted_anew: ClassVar[tuple[Step, ...]] = ()
    token_life: ClassVar[timedelta | None]
    """How long a bare access token of the SDK lives; None if the provider does not say."""
    grant_life: ClassVar[timedelta | None] = None
    """How long what renews a credential lives, as documented; None if the provider does not say."""
    grant_renews: ClassVar[bool] = False
    """Whether that life begins anew with each renewal."""
    renewal: ClassVar[Renewal]
    renew_ahead: ClassVar[timedelta]
    """How long before its end a credential is renewed."""
    renew_min_age: ClassVar[timedelta] = timedelta(0)
    takes_id_token: ClassVar[bool] = False
    """Whether the provider signs id_tokens, which prove the person and the app."""
    pkce: ClassVar[bool] = False
    """Whether an authorization code needs its verifier."""
    authorize_url: ClassVar[str]
    """Where a browser is sent to sign in and to allow what we ask for."""
    authorize_extra: ClassVar[dict[str, str]] = {}
    client_name: ClassVar[str] = "client_id"
    """What the provider calls our id."""
    scope_separator: ClassVar[str] = " "
    challenge: ClassVar[Challenge] = Challenge.S256
    nonce: ClassVar[bool] = False
    """Whether a code brings an id_token, which says in answer to which question it was given (OpenID Connect)."""
    issuers: ClassVar[tuple[str, ...]] = ()
    """What it calls itself as `iss` in an answer (RFC 9207), beside the host of `authorize_url`."""
    always_scopes: ClassVar[tuple[str, ...]] = ()
    """What is asked for beside the required scopes, so that the connection lasts."""
    optional_scopes: ClassVar[dict[str, tuple[str, ...]]] = {}
    """What the creator may allow or not, by what it is for: pages, boards, posts."""
    console: ClassVar[str] = ""
    """Where in the provider's console the redirect URI goes, word by word."""
    asset_noun: ClassVar[str] = ""
    """What the account may administer beside itself, in the API's words: page, wall or channel; empty if nothing."""
    asset_scopes: ClassVar[tuple[str, ...]] = ()
    """Listing them needs one of these, beyond the required scopes; none if those are enough."""
    relists: ClassVar[bool] = True
    """Whether what the account administers is listed again every day, and not only after a connect."""
    required_scopes: ClassVar[tuple[str, ...]] = ()
    prove_cost: ClassVar[int] = 0
    """Units of the daily quota that proving an account takes; they count where there is such a quota."""
    identify_cost: ClassVar[int] = 0
    """Units that proving a person takes, who signs in."""
    ping_cost: ClassVar[int] = 0
    posts_cost: ClassVar[int] = 0
    """Calls that reading an account's recent posts takes; 0 if they cannot be read."""
    posts_units: ClassVar[int] = 0
    """Units of the daily quota that those take: some calls have a quota of their own."""
    posts_scopes: ClassVar[tuple[str, ...]] = ()
    """Reading them needs these, beyond the required scopes."""
    rules: ClassVar[tuple[Rule, ...]] = ()
    keeps: ClassVar[tuple[Kept, ...]]
    """What its terms let us keep, and for how long."""

    def obtain(self, posted: Posted) -> Tokens:
        """Turn what was posted into tokens: by our secret from a code or a refresh token, else as they are.

        A code is spent and a refresh token may be rotated by that, so the result must be kept or revoked.
        """
        if posted.code:
            return replace(self.exchange(posted), spent=True)
        if posted.refresh_token and self.renewal in (Renewal.ROTATING, Renewal.STATIC):
            try:
                tokens = self.renew(Secret(posted.access_token, posted.refresh_token))
            except TokenDead as outcome:
                outcome.field = "refresh_token"
                raise
            except OtherClient:  # only that client can renew it
                return Tokens(posted.access_token)
            spent = self.renewal == Renewal.ROTATING
            return replace(tokens, refresh_token=tokens.refresh_token or posted.refresh_token, spent=spent)
        return Tokens(posted.access_token)  # a refresh token is nothing that this provider gives

    def spends(self, posted: Posted) -> bool:
        """Whether obtaining tokens from it may use it up."""
        return bool(posted.code or (posted.refresh_token and self.renewal == Renewal.ROTATING))

    def suffices(self, scopes: Collection[str]) -> bool:
        """Whether a credential of these scopes can do what a connected one must; none are told by some providers."""
        return not scopes or set(self.required_scopes) <= set(scopes)

    @property
    def offered_scopes(self) -> dict[str, tuple[str, ...]]:
        """What the creator may be asked for beside what is needed, as far as the provider has admitted our app."""
        admitted = settings.CONNECT_OPTIONAL_SCOPES
        return {what: scopes for what, scopes in self.optional_scopes.items() if f"{self.network}.{what}" in admitted}

    @property
    def all_scopes(self) -> tuple[str, ...]:
        """Everything that we may ask for."""
        offered = [scope for scopes in self.offered_scopes.values() for scope in scopes]
        return (*self.required_scopes, *self.always_scopes, *offered)

    def lacking(self, granted: Collection[str]) -> tuple[str, ...]:
        """What of it was not granted; nothing if the provider does not say what was."""
        if not granted:
            return ()
        enough = {*granted, *(self.required_scopes if self.suffices(granted) else ())}
        enough |= set(self.asset_scopes) if enough & set(self.asset_scopes) else set()  # one of these is enough
        return tuple(scope for scope in self.all_scopes if scope not in enough)

    def exchange(self, posted: Posted) -> Tokens:
        """Exchange an authorization code under our client secret; raises an Outcome."""
        raise NotImplementedError

    def renew(self, secret: Secret) -> Tokens:
        """Obtain a credential that lives longer, by the provider's way of renewal; raises an Outcome."""
        raise NotImplementedError

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        """Prove whose tokens they are, and for which app; raises an Outcome."""
        raise NotImplementedError

    def identify(self, tokens: Tokens) -> Proof:
        """Prove who somebody is, to sign them in; what else the account can do does not matter. Raises an Outcome."""
        return self.prove(tokens)

    def profile_of(self, access_token: str) -> Profile:
        """Return the account that the token opens; raises an Outcome."""
        raise NotImplementedError

    def read(self, subject: Subject) -> Profile:
        """Read one account by its owner's token; raises an Outcome, WrongUser if the token opens another one."""
        profile = self.profile_of(subject.access_token)
        if profile.uid != subject.uid:
            raise WrongUser
        return profile

    def read_many(self, subjects: Sequence[Subject]) -> dict[int, Profile | Outcome]:
        """Read up to `batch_size` accounts; every subject gets its own result. Raises an Outcome that hit all."""
        return {subject.pk: self.attempt(subject) for subject in subjects}

    def assets(self, access_token: str) -> list[Profile]:
        """Return the pages, channels, boards or organisations that the account administers; raises an Outcome.

        The list is complete, or it is an Outcome: what is missing from it counts as lost.
        """
        raise NotImplementedError

    def recent_posts(self, subject: Subject) -> list[Post]:
        """Return the account's newest posts, about a dozen, with what people did with each; raises an Outcome."""
        raise NotImplementedError

    def revoke(self, secret: Secret, uid: str) -> str:
        """Revoke the token upstream and return what the provider answered; raises an Outcome."""
        raise NotImplementedError

    def ping(self) -> str:
        """Ask the provider something that needs only our keys; return a word on the answer, raises an Outcome."""
        raise NotImplementedError

    def facts(self, answer: http.Answer) -> Facts | None:
        """Return what is wrong with the answer, or None if it is a success."""
        raise NotImplementedError

    # What all seven share

    @cached_property
    def breaker(self) -> Breaker:
        return Breaker()

    def attempt(self, subject: Subject) -> Profile | Outcome:
        if http.seconds_left() < http.DEADLINE:
            return HeldBack("no time left for a whole call")
        try:
            return self.read(subject)
        except Outcome as outcome:
            return outcome

    def call(self, method: str, url: str, *, about: About = About.TOKEN, **arguments: Any) -> Any:
        """Make a call and return its body; raises the Outcome that the rules name."""
        self.breaker.check()
        account = hash(repr(arguments))
        try:
            answer = http.call(method, url, **arguments)
        except Unavailable as silence:
            if silence.retry_after is None:  # else only our places were taken: nobody was asked
                self.breaker.record(failed=silence.counts, account=account, silent=True)
            if silence.fault == Fault.OURS:
                fault_alarm.report(self.network, silence.detail)
            raise
        stranger = getattr(_token, "is_a_strangers", False)
        if not stranger:
            spending.learn(self.network, answer.headers, timezone.now(), ours=about == About.CLIENT)
        versions.compare(self.network, url, answer.headers)
        facts = self.facts(answer)
        outcome = self.judge(replace(facts, about=about), answer) if facts is not None else None
        if outcome is None or not (stranger and isinstance(outcome, RateLimited | OutOfCredit)):
            self.breaker.record(failed=outcome is not None and _counts(outcome, answer), account=account)
        if outcome is not None:
            outcome.unheard = _is_of_a_gateway(answer)
            raise outcome
        return answer.body

    def call_for_ourselves(self, method: str, url: str, **arguments: Any) -> Any:
        """Make a call with our keys alone: whatever is refused there is our fault, and no creator's."""
        try:
            return self.call(method, url, about=About.CLIENT, **arguments)
        except Unavailable:
            raise
        except Outcome as outcome:
            raise self.our_fault(f"our own keys: {outcome.detail}") from None

    @property
    def claim_size(self) -> int:
        """How many accounts a worker takes at once: a call's worth, or some that are read one by one."""
        return self.batch_size if self.batch_size > 1 else TAKEN

    def cost(self, accounts: int) -> tuple[int, int]:
        """How many calls, as the provider counts them, and units of its daily quota reading so many accounts takes."""
        calls = -(-accounts // self.batch_size)
        return calls, calls

    def listing_cost(self, found: int) -> int:
        """Units of the daily quota that listing so many assets took."""
        return 1

    def may_be_read_again(self, last: datetime) -> datetime:
        """When an account that was asked about at `last` may be asked about again at its owner's wish."""
        return last + settings.REFRESH_COOLDOWN

    def charged(self, results: Sequence[Profile | Outcome]) -> int:
        """How many of the units these results really cost: what was not answered costs nothing."""
        answered = sum(not isinstance(result, Unavailable) for result in results)
        return self.cost(answered)[1]

    def quota_returns(self, now: datetime) -> datetime:
        """When a used-up quota or credit is worth asking for again."""
        return now + timedelta(seconds=MAX_WAIT)

    def judge(self, facts: Facts, answer: http.Answer | None = None) -> Outcome:
        """Return what an error means; ops are told of what is our own fault."""
        outcome = self.classify(facts, answer)
        if outcome.fault == Fault.OURS:
            fault_alarm.report(self.network, outcome.detail)
        return outcome

    def our_fault(self, detail: str) -> OurFault:
        """The outcome that says so, of which ops are told."""
        fault_alarm.report(self.network, detail)
        return OurFault(detail)

    def classify(self, facts: Facts, answer: http.Answer | None = None) -> Outcome:
        rule = next(rule for rule in (*self.rules, *LAST_RULES) if rule.fits(facts) and rule.may_say(facts))
        outcome = rule.outcome(
            f"{self.network}: {rule.meaning}", retry_after=self.wait(rule.outcome, answer) if answer else None
        )
        outcome.field = rule.field
        return outcome

    def wait(self, outcome: type[Outcome], answer: http.Answer) -> int | None:
        """How many seconds a provider that limits us, or fails, wants to be left alone; None if it does not say."""
        if not issubclass(outcome, Unavailable) or outcome.fault == Fault.OURS:
            return None
        now, spent = timezone.now(), issubclass(outcome, OutOfCredit)
        wait = requested_wait(answer.headers, now, limited=issubclass(outcome, RateLimited) and not spent)
        return math.ceil((self.quota_returns(now) - now).total_seconds()) if wait is None and spent else wait

    @property
    def client_ids(self) -> list[str]:
        return settings.PROVIDER_CLIENT_IDS[self.provider_id.upper()]

    @property
    def client_id(self) -> str:
        return next(iter(self.client_ids), "")

    @property
    def configured(self) -> bool:
        """Whether we have keys there; without them the network is closed."""
        return bool(self.client_id and self.client_secret)

    @property
    def client_secret(self) -> str:
        return settings.PROVIDER_CLIENT_SECRETS[self.provider_id.upper()]

    @property
    def proof_levels(self) -> dict[str, str]:
        """What each way of connecting proves."""
        levels = {"access_token": Level.APP if self.proves_app else Level.USER, "code": Level.APP}
        if self.renewal in (Renewal.ROTATING, Renewal.STATIC):
            levels["refresh_token"] = Level.APP
        return {way: str(level) for way, level in levels.items()}

    @property
    def signs_in_with(self) -> list[str]:
        """What may be posted to sign somebody in: what proves that it was minted for our app."""
        ways = [way for way, level in self.proof_levels.items() if level == Level.APP]
        return [*ways, "id_token"] if self.takes_id_token else ways

    @property
    def home(self) -> str:
        return f"https://{URLS[self.network].home}"


def _is_of_a_gateway(answer: http.Answer) -> bool:
    """Whether a server in front says that something behind it failed, which may have done what it was asked."""
    return answer.status >= 500 and answer.status != HTTPStatus.SERVICE_UNAVAILABLE and answer.body is None


def _counts(outcome: Outcome, answer: http.Answer) -> bool:
    """Whether it speaks of the provider, and not of what was posted: a refusal by status 4xx never does."""
    said = answer.status == 429 or answer.status >= 500 or isinstance(outcome, RateLimited | OutOfCredit)
    return outcome.counts and said
