"""What goes into an adapter and what comes out of it: the words in which the rest of the service speaks of accounts."""

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
    id_token: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    """What an id_token that comes with the code must say, if we sent the person there ourselves."""

    @property
    def credential(self) -> str:
        """The field in which the credential came."""
        return "code" if self.code else "access_token" if self.access_token else "id_token"


@dataclass(frozen=True)
class Tokens:
    """A credential to be proven and kept. `exchanged`: our own client secret obtained it, which proves the app."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    grant_ends_at: datetime | None = None
    data_access_ends_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    exchanged: bool = False
    spent: bool = False
    """Whether obtaining them used up what was posted: then they must be kept or revoked."""
    id_token: str = field(default="", repr=False)
    """What the provider signed about the person, beside the tokens or instead of them."""

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
    def names(self) -> set[str]:
        """What a creator may have claimed it as."""
        return {self.external_id, *self.aliases}

    def keys(self, network: str) -> list[str]:
        """The identity keys of the account."""
        return identity_keys(network, [self.external_id, self.url, *sorted(self.aliases)])

    @property
    def provenance(self) -> str:
        """Where the count comes from; empty if it is not known and nobody says that it is hidden."""
        return self.source if self.followers is not None or self.source == CountSource.HIDDEN else ""

    def count_columns(self, now: datetime) -> dict[str, Any]:
        """The count as a record keeps it: an unknown one has no date."""
        as_of = now if self.provenance else None
        return {"followers": self.followers, "followers_source": self.provenance, "followers_as_of": as_of}

    def name_columns(self, row: Any) -> dict[str, Any]:
        """Name, URL and identity keys for that record: what the provider does not tell stays as it is."""
        url = self.url if self.url not in ("", home_url(row.network)) else row.url
        keys = identity_keys(row.network, [self.external_id, url, *sorted(self.aliases)])
        return {"name": self.name or row.name, "url": url, **key_columns(keys)}


@dataclass(frozen=True)
class Step:
    """From when on a network counts something otherwise: a series of it steps there, and nothing happened."""

    count: str
    since: date
    about: str


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
    grant_ends_at: datetime | None = None
    data_access_ends_at: datetime | None = None
    email: str = ""
    email_verified: bool = False
    exchanged: bool = False
    good_once: bytes = field(default=b"", repr=False)
    """What must not prove anything a second time: an id_token."""

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
            grant_ends_at=tokens.grant_ends_at,
            data_access_ends_at=tokens.data_access_ends_at,
            exchanged=tokens.exchanged,
        )


@dataclass(frozen=True)
class Subject:
    """An account to be read: by its id where the provider allows, by its token otherwise."""

    pk: int
    uid: str
    access_token: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    """What its owner granted; empty if the provider does not say."""
