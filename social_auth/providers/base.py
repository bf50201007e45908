"""The contract of a provider adapter, and what all seven share. Vendor oddities stop in the seven files beside this."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import TextChoices
from django.utils import timezone

from connect.api.fields import MAX_COUNT
from connect.models import CountSource
from connect.network_table import URLS
from connect.workflow import Level
from social_auth import http
from social_auth.breaker import Breaker
from social_auth.models import Secret
from social_auth.outcomes import OurFault, Outcome, RateLimited, TokenDead, Unavailable, WrongUser

MAX_WAIT = 6 * 3600
MAX_UID = 191


class Renewal(TextChoices):
    """How a provider lets a credential live on."""

    ROTATING = "rotating", "each refresh token is good for one use and brings the next"
    STATIC = "static", "one refresh token is good for many uses"
    EXTEND = "extend", "the access token itself is exchanged for a later one, as long as it lives"


@dataclass(frozen=True)
class Posted:
    """What the app handed over. An empty `user_id` means that the credential alone says whose it is."""

    access_token: str = field(default="", repr=False)
    user_id: str = ""
    refresh_token: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    code_verifier: str = field(default="", repr=False)
    redirect_uri: str = ""

    @property
    def credential(self) -> str:
        """The field in which the credential came."""
        return "code" if self.code else "access_token"


@dataclass(frozen=True)
class Tokens:
    """A credential to be proven and kept. `exchanged`: our own client secret obtained it, which proves the app."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    exchanged: bool = False
    spent: bool = False
    """Whether obtaining them used up what was posted: then they must be kept or revoked."""

    @property
    def secret(self) -> Secret:
        return Secret(self.access_token, self.refresh_token)

    @property
    def level(self) -> Level:
        """What having obtained it proves, before anything is asked about it."""
        return Level.APP if self.exchanged else Level.USER


@dataclass(frozen=True)
class Profile:
    """An account as its provider describes it. `followers` None is unknown or hidden, never zero."""

    uid: str
    external_id: str
    name: str = ""
    url: str = ""
    followers: int | None = None
    source: str = CountSource.EXACT
    extra: dict[str, Any] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    """Other ids under which the owner may have claimed the account before."""
    bio: str = ""
    alias_uid: str = ""
    """Another stable id of the same account, which callbacks may name."""

    @property
    def provenance(self) -> str:
        """Where the count comes from; empty if it is not known and nobody says that it is hidden."""
        return self.source if self.followers is not None or self.source == CountSource.HIDDEN else ""


@dataclass(frozen=True)
class Proof:
    """A verified token: whose it is, how well that is proven, and what to keep. `account_uid` is for sign-in.

    `exchanged`: the credential came to be by verifying it, so it must be kept or revoked.
    """

    profile: Profile
    level: Level
    secret: Secret
    account_uid: str
    client_id: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    email: str = ""
    email_verified: bool = False
    exchanged: bool = False

    @classmethod
    def of(cls, adapter: "Adapter", tokens: Tokens, profile: Profile) -> "Proof":
        """The proof that a profile call gives: whose it is, and the app only if our secret obtained the tokens."""
        return cls(
            profile=profile,
            level=tokens.level,
            secret=tokens.secret,
            account_uid=profile.uid,
            client_id=adapter.client_id if tokens.exchanged else "",
            scopes=tokens.scopes,
            expires_at=tokens.expires_at,
            exchanged=tokens.exchanged,
        )


@dataclass(frozen=True)
class Subject:
    """An account to be read: by its id where the provider allows, by its token otherwise."""

    pk: int
    uid: str
    access_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Facts:
    """What an error answer says, in the terms that the rules are written in."""

    status: int
    code: str = ""
    subcode: str = ""
    kind: str = ""
    text: str = ""


@dataclass(frozen=True)
class Rule:
    """One row of a provider's table of errors: the first that fits names the outcome. Patterns match from the start."""

    outcome: type[Outcome]
    meaning: str
    status: int | None = None
    code: str | None = None
    subcode: str | None = None
    kind: str | None = None
    text: str | None = None

    def fits(self, facts: Facts) -> bool:
        patterns = ((self.code, facts.code), (self.subcode, facts.subcode), (self.kind, facts.kind))
        return (
            self.status in (None, facts.status)
            and all(pattern is None or re.fullmatch(pattern, value) for pattern, value in patterns)
            and (self.text is None or re.search(self.text, facts.text, re.IGNORECASE) is not None)
        )

    def may_say(self, facts: Facts) -> bool:
        """A provider that is limiting us or failing is in no state to condemn an account, whatever its body says."""
        return issubclass(self.outcome, Unavailable) or not (facts.status == 429 or facts.status >= 500)


LAST_RULES = (
    Rule(RateLimited, "too many requests", status=429),
    Rule(Unavailable, "anything else: nothing is known, nothing changes"),
)


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
    token_life: ClassVar[timedelta | None]
    """How long a bare access token of the SDK lives; None if the provider does not say."""
    renewal: ClassVar[Renewal]
    renew_ahead: ClassVar[timedelta]
    """How long before its end a credential is renewed."""
    renew_min_age: ClassVar[timedelta] = timedelta(0)
    pkce: ClassVar[bool] = False
    """Whether an authorization code needs its verifier."""
    required_scopes: ClassVar[tuple[str, ...]] = ()
    rules: ClassVar[tuple[Rule, ...]] = ()

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
            except OurFault:  # of another client of ours, which only that client can renew
                return Tokens(posted.access_token)
            spent = self.renewal == Renewal.ROTATING
            return replace(tokens, refresh_token=tokens.refresh_token or posted.refresh_token, spent=spent)
        return Tokens(posted.access_token, posted.refresh_token)

    def exchange(self, posted: Posted) -> Tokens:
        """Exchange an authorization code under our client secret; raises an Outcome."""
        raise NotImplementedError

    def renew(self, secret: Secret) -> Tokens:
        """Obtain a credential that lives longer, by the provider's way of renewal; raises an Outcome."""
        raise NotImplementedError

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        """Prove whose tokens they are, and for which app; raises an Outcome."""
        raise NotImplementedError

    def verify(self, posted: Posted) -> Proof:
        return self.prove(self.obtain(posted), posted.user_id)

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
        try:
            return self.read(subject)
        except Outcome as outcome:
            return outcome

    def call(self, method: str, url: str, **arguments: Any) -> Any:
        """Make a call and return its body; raises the Outcome that the rules name."""
        self.breaker.check()
        account = hash(repr(arguments))
        try:
            answer = http.call(method, url, **arguments)
        except Unavailable as silence:
            self.breaker.record(failed=silence.retry_after is None, account=account)  # else only our places were taken
            raise
        facts = self.facts(answer)
        outcome = self.classify(facts, answer) if facts is not None else None
        self.breaker.record(failed=type(outcome) is Unavailable, account=account)
        if outcome is not None:
            raise outcome
        return answer.body

    def call_for_ourselves(self, method: str, url: str, **arguments: Any) -> Any:
        """Make a call with our keys alone: whatever is refused there is our fault, and no creator's."""
        try:
            return self.call(method, url, **arguments)
        except Unavailable:
            raise
        except Outcome as outcome:
            raise OurFault(f"our own keys: {outcome.detail}") from None

    def quota_returns(self, now: datetime) -> datetime:
        """When a used-up quota or credit is worth asking for again."""
        return now + timedelta(seconds=MAX_WAIT)

    def classify(self, facts: Facts, answer: http.Answer | None = None) -> Outcome:
        rule = next(rule for rule in (*self.rules, *LAST_RULES) if rule.fits(facts) and rule.may_say(facts))
        wait = retry_after(answer) if answer and issubclass(rule.outcome, Unavailable) else None
        return rule.outcome(f"{self.network}: {rule.meaning}", retry_after=wait)

    @property
    def client_ids(self) -> list[str]:
        return settings.PROVIDER_CLIENT_IDS[self.provider_id.upper()]

    @property
    def client_id(self) -> str:
        return self.client_ids[0]

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
    def home(self) -> str:
        return f"https://{URLS[self.network].home}"


def retry_after(answer: http.Answer) -> int | None:
    """Seconds the provider asks to wait, clamped to 1 s … 6 h; None if it says nothing sensible."""
    text = answer.headers.get("retry-after", "")
    reset = answer.headers.get("x-rate-limit-reset", "")
    if text.isascii() and text.isdigit():
        wait = int(text[:12])
    elif reset.isascii() and reset.isdigit():
        wait = int(reset[:12]) - int(timezone.now().timestamp())
    else:
        return None
    return min(max(wait, 1), MAX_WAIT)


def require_user(user_id: str, *ids: str) -> None:
    """Raise WrongUser unless the app named one of the account's ids, or none at all."""
    if user_id and user_id not in ids:
        raise WrongUser


def as_object(body: Any, *path: str) -> dict[str, Any]:
    """Return the object at `path` of an answer; raises Unavailable if there is none."""
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    if not isinstance(body, dict):
        raise Unavailable("unexpected answer")
    return body


def as_uid(value: Any) -> str:
    """Return an id as text, digit by digit; raises Unavailable for what is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_UID or not value.isprintable():
        raise Unavailable("an id is missing or odd")
    return value


def as_count(value: Any) -> int | None:
    """Return a count, given as number or digits; anything else is unknown."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,11}", value, re.ASCII):
        value = int(value)
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None


def as_text(value: Any, most: int = 200) -> str:
    return value[:most] if isinstance(value, str) else ""


def as_time(value: Any) -> datetime | None:
    """Return a moment given as Unix seconds, number or digits; zero and nonsense are None."""
    seconds = as_count(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def life(seconds: Any) -> datetime | None:
    """Return when something ends that lives for so many seconds from now."""
    count = as_count(seconds)
    return timezone.now() + timedelta(seconds=min(count, 10 * 365 * 86400)) if count else None


def kept(**extra: Any) -> dict[str, Any]:
    """Extra data without what the provider did not say."""
    return {name: value for name, value in extra.items() if value not in (None, "")}


def words(text: Any) -> tuple[str, ...]:
    """Scopes, whether separated by spaces or commas or listed."""
    parts: Iterable[Any] = (
        re.split(r"[\s,]+", text) if isinstance(text, str) else text if isinstance(text, list) else ()
    )
    return tuple(part[:100] for part in parts if isinstance(part, str) and part)[:50]
