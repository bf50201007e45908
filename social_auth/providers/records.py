"""What goes into an adapter and what comes out of it, the same for all providers."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices

from connect.identity.columns import key_columns
from connect.identity.identity_keys import identity_keys
from connect.moderation.quality import CountSource
from connect.moderation.workflow import Level
from connect.network_table import home_url
from social_auth.wire.secret import Secret

if TYPE_CHECKING:
    from social_auth.providers.base import Adapter


class Renewal(TextChoices):
    """How a provider renews a credential."""

    ROTATING = "rotating", "each refresh token is good for one use and brings the next"
    STATIC = "static", "one refresh token is good for many uses"
    EXTEND = "extend", "the access token itself is exchanged for a later one, as long as it lives"


@dataclass(frozen=True)
class Posted:
    """The credentials that an app posted. With an empty `user_id` any account is accepted."""

    access_token: str = field(default="", repr=False)
    user_id: str = ""
    refresh_token: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    code_verifier: str = field(default="", repr=False)
    redirect_uri: str = ""
    id_token: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    """The nonce of our authorize URL, which an id_token with the code must repeat; empty if the URL was not ours."""

    @property
    def credential(self) -> str:
        """The name of the posted field that held the credential."""
        return "code" if self.code else "access_token" if self.access_token else "id_token"


@dataclass(frozen=True)
class Tokens:
    """A credential to be proven and stored. `exchanged`: our client secret obtained it, which proves the app."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    grant_ends_at: datetime | None = None
    data_access_ends_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    exchanged: bool = False
    spent: bool = False
    """Whether obtaining them used up what was posted: then they must be stored or revoked."""
    id_token: str = field(default="", repr=False)
    """The id_token that was posted, beside an access token or instead of one."""

    @property
    def secret(self) -> Secret:
        return Secret(self.access_token, self.refresh_token)

    @property
    def level(self) -> Level:
        """The level of proof before the provider is asked about the tokens."""
        return Level.APP if self.exchanged else Level.USER


@dataclass(frozen=True)
class Profile:
    """An account as its provider describes it. `followers` is None, and never zero, if it is unknown or hidden."""

    uid: str
    external_id: str
    name: str = ""
    url: str = ""
    followers: int | None = None
    source: str = CountSource.EXACT
    extra: dict[str, Any] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    """Other names under which the owner may have claimed the account before."""
    bio: str = ""
    alias_uid: str = ""
    """A second stable id of the account, which the provider's callbacks may use."""

    @property
    def names(self) -> set[str]:
        """Every name under which a creator may have claimed the account."""
        return {self.external_id, *self.aliases}

    def keys(self, network: str) -> list[str]:
        return identity_keys(network, [self.external_id, self.url, *sorted(self.aliases)])

    @property
    def provenance(self) -> str:
        """Where the count comes from; empty if the count is unknown and not hidden by its owner."""
        return self.source if self.followers is not None or self.source == CountSource.HIDDEN else ""

    def count_columns(self, now: datetime) -> dict[str, Any]:
        """The count as columns of a row; an unknown count has no date."""
        as_of = now if self.provenance else None
        return {"followers": self.followers, "followers_source": self.provenance, "followers_as_of": as_of}

    def name_columns(self, row: Any) -> dict[str, Any]:
        """Name, URL and identity keys as columns of that row; what the provider leaves out stays as it is."""
        url = self.url if self.url not in ("", home_url(row.network)) else row.url
        keys = identity_keys(row.network, [self.external_id, url, *sorted(self.aliases)])
        return {"name": self.name or row.name, "url": url, **key_columns(keys)}


@dataclass(frozen=True)
class Step:
    """A day from which a network counts something differently: the count jumps, although nothing happened."""

    count: str
    since: date
    about: str


@dataclass(frozen=True)
class Proof:
    """A verified token: whose it is, how well that is proven, and what to store. `account_uid` is for sign-in.

    `exchanged`: our client secret obtained the credential, so it must be stored or revoked.
    """

    profile: Profile
    level: Level
    secret: Secret
    account_uid: str
    client_id: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    grant_ends_at: datetime | None = None
    data_access_ends_at: datetime | None = None
    email: str = ""
    email_verified: bool = False
    exchanged: bool = False
    single_use_signature: bytes = field(default=b"", repr=False)
    """The signature of a posted id_token: each is accepted once."""

    @classmethod
    def of(cls, adapter: "Adapter", tokens: Tokens, profile: Profile) -> "Proof":
        """The proof that reading a profile gives: the owner, and the app only if our secret obtained the tokens."""
        return cls(
            profile=profile,
            level=tokens.level,
            secret=tokens.secret,
            account_uid=profile.uid,
            client_id=adapter.client_id if tokens.exchanged else "",
            scopes=tokens.scopes,
            expires_at=tokens.expires_at,
            grant_ends_at=tokens.grant_ends_at,
            data_access_ends_at=tokens.data_access_ends_at,
            exchanged=tokens.exchanged,
        )


@dataclass(frozen=True)
class Subject:
    """An account to be read: by its id where the provider allows that, else with its token."""

    pk: int
    uid: str
    access_token: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    """The granted scopes; empty if the provider does not report them."""
