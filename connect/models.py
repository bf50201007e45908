from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Upper
from django.utils import timezone
from rest_framework import serializers

from connect.api.fields import MAX_BIGINT
from connect.api.shapes import Shape
from connect.database.json_columns import merged
from connect.database.single_rows import get_row
from connect.due_work.leases import LeaseFields, LeaseQuerySet
from connect.errors import PermissionDenied, ResourceNotFound
from connect.identity.columns import IdentityKeyField, key_columns, same_account
from connect.identity.erased import erased_forms, erased_uid
from connect.identity.identity_keys import keys_anywhere, spellings
from connect.moderation.claims import submit_claim
from connect.moderation.decisions import DecisionQuerySet, WorkflowMixin
from connect.moderation.flags import Flag, with_flag
from connect.moderation.quality import CountSource, quality
from connect.moderation.suspensions import INHERITED_BY_NAME
from connect.moderation.workflow import INHERITED, LIVE, Health, HealthCause, InvalidTransition, Level, Status
from connect.network_table import Network
from connect.search import WORDS


class User(AbstractUser):
    """A creator or a member of staff. People sign in by e-mail; allauth fills in the user name."""

    sessions_ended = models.PositiveIntegerField(default=0, editable=False)
    """Increasing it ends all sessions of the user: each is valid only for the number that it was made with."""

    class Meta(AbstractUser.Meta):
        permissions = (
            ("decide", "May accept, reject and suspend"),
            ("reinstate", "May take back a suspension"),
        )
        indexes = [  # one for each query of sign-up, login and password reset
            models.Index(fields=["email"], name="user_email"),
            models.Index(OpClass(Upper("email"), "text_pattern_ops"), name="user_email_in_any_case"),
            models.Index(OpClass(Upper("username"), "text_pattern_ops"), name="user_name_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.email or self.username

    def get_session_auth_hash(self) -> str:
        return self._of_these_sessions(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from map(self._of_these_sessions, super().get_session_auth_fallback_hash())

    def _of_these_sessions(self, session_hash: str) -> str:
        return f"{self.sessions_ended}.{session_hash}" if self.sessions_ended else session_hash


def erased_keys(row: "SocialResource") -> dict[str, str]:
    """The columns with hashes in place of a record's identity keys, for an erasure."""
    return key_columns([erased_uid(row.network, key) for key in row.identity_keys])


class SocialResourceQuerySet(LeaseQuerySet, DecisionQuerySet):  # type: ignore[override]
    def owned_by(self, user: Any) -> Self:
        return self.filter(user_id=user.pk)

    def get_for(self, user: Any, pk: int, *, locked: bool = False) -> Any:
        """Return the caller's record; raises ResourceNotFound, or PermissionDenied for somebody else's."""
        shape = self.model.shape
        resource = get_row(self.model, pk, locked=locked) if pk <= MAX_BIGINT else None
        if resource is None:
            raise ResourceNotFound(shape.noun)
        if resource.user_id != user.pk:
            raise PermissionDenied.to(shape.noun)
        return resource

    def raise_flag(self, flag: Flag, *, claim_only: bool = False, **difference: Any) -> None:
        """Flag these records for staff, with what `was` there and what is `found`; raising a flag again adds nothing.

        Accepted records go back to the queue if CONNECT_REVIEW_AGAIN names the flag, unless another creator's
        unproven claim is the only reason (`claim_only`).
        """
        now, is_flagged = timezone.now(), Q(flags__contains=[flag.value])
        newly_flagged = (
            []
            if claim_only or flag not in settings.REVIEW_AGAIN
            else list(self.exclude(is_flagged).values_list("pk", flat=True))
        )
        details = {flag.value: {**difference, "at": now.date().isoformat()}}
        rows = self if difference else self.exclude(is_flagged)
        rows.update(flags=with_flag(flag), flag_details=merged("flag_details", details), flagged_at=now)
        if newly_flagged:
            for row in self.model.objects.filter(status=Status.ACCEPTED, pk__in=newly_flagged):
                with suppress(InvalidTransition):  # staff decided just now
                    row.transition("review_again", by=None, reason=flag.label)

    def of_account(self, network: str, uid: str) -> Self:
        """Records of a provider's account, named by either of its stable ids; none for no id."""
        if not uid:
            return self.none()
        return self.filter(Q(provider_uid=uid) | Q(provider_alias=uid), network=network)

    def live(self) -> Self:
        return self.filter(status__in=LIVE)

    def claims_on(self, network: str, keys: Iterable[str]) -> Self:
        """Live records, proven or not, of an account that has one of these identity keys."""
        return self.filter(same_account(network, keys)).exclude(status=Status.DISCONNECTED)

    def named(self, text: str) -> Self:
        """Records, at any network, of an account that this id or profile URL may name."""
        conditions = (same_account(network, keys) for network, keys in keys_anywhere(text).items())
        return self.filter(reduce(or_, conditions, Q(pk__in=[])))

    def suspended_identity(
        self, *, network: str, keys: Iterable[str] = (), external_id: str = "", provider_uid: str = ""
    ) -> Self:
        """Records of any creator through which that account is suspended, or was when it was disconnected.

        They are found by the provider's id or, without one, by identity keys. Erased records are found by the hashes
        of their keys, or of their public id if they were erased before there were keys. By the provider's id only what
        staff suspended counts, no inherited suspension. A claim that was suspended for one of its names does not count
        for its other names (INHERITED_BY_NAME): its creator may have written a stranger's URL into it.
        """
        uids = [provider_uid, *erased_forms(network, provider_uid)]
        names = list(keys)
        hashes = [
            hashed for name in (*spellings(network, names), external_id) for hashed in erased_forms(network, name)
        ]
        if provider_uid:
            decided = self.suspended().exclude(status_reason=INHERITED)
            return decided.filter(provider_uid__in=uids, network=network)
        return self.suspended().filter(same_account(network, [*names, *hashes])).exclude(INHERITED_BY_NAME)

    def named_like(self, row: "SocialResource") -> Self:
        """Records of the account that this one is about, by its provider's id or its names, erased ones included."""
        names = spellings(row.network, row.identity_keys)
        hashes = [hashed for name in (*names, row.external_id) for hashed in erased_forms(row.network, name)]
        same = same_account(row.network, [*names, *hashes])
        if row.provider_uid:
            uids = [row.provider_uid, *erased_forms(row.network, row.provider_uid)]
            same |= Q(provider_uid__in=uids, network=row.network)
        return self.filter(same)

    def suspended(self) -> Self:
        """Records that are suspended, or were when they were disconnected."""
        before = Q(status=Status.DISCONNECTED, disconnected_from=Status.SUSPENDED)
        return self.filter(Q(status=Status.SUSPENDED) | before)

    def submit(self, *, user: Any, **claim: Any) -> Any:
        """Record a creator's claim: see `claims.submit_claim`."""
        return submit_claim(self.model, user=user, **claim)


class SocialResource(WorkflowMixin, LeaseFields):
    """What a creator connects or submits. A subclass adds its API names (`shape`), nothing else."""

    due_column = "next_refresh_at"
    shape: ClassVar[Shape]
    submission: ClassVar[type[serializers.Serializer[Any]]]
    reference: ClassVar[type[serializers.Serializer[Any]]]

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(app_label)s_%(class)ss"
    )
    network = models.CharField(max_length=16, choices=Network.choices)
    external_id = models.CharField(max_length=191, help_text="The public id: handle, page id or channel id")
    provider_uid = models.CharField(max_length=191, null=True, blank=True, editable=False)  # noqa: DJ001 - set by a proof only
    provider_alias = models.CharField(max_length=191, blank=True, editable=False)
    identity_key = IdentityKeyField(default="", db_default="", editable=False)
    """See `connect/identity/identity_keys.py`: records with a key in common are of one account."""
    other_identity_key = models.TextField(default="", db_default="", editable=False)
    """The key of another name of the same account."""
    name = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2048)
    followers = models.BigIntegerField(null=True, blank=True, help_text="Empty means not known")
    claimed_followers = models.BigIntegerField(null=True, blank=True, editable=False)
    """The creator's last claim, beside which the provider's count is stored in `followers`."""
    followers_source = models.CharField(max_length=8, choices=CountSource.choices, blank=True)
    followers_as_of = models.DateTimeField(null=True, blank=True)
    category = models.CharField(max_length=64, blank=True)
    engagement_rate = models.FloatField(null=True, blank=True)
    verified = models.BooleanField(default=False)
    verification_level = models.CharField(max_length=4, choices=Level.choices, default=Level.NONE)
    health = models.CharField(max_length=16, choices=Health.choices, default=Health.NONE)
    health_cause = models.CharField(max_length=10, choices=HealthCause.choices, blank=True, editable=False)
    health_since = models.DateTimeField(default=timezone.now)
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    flag_details = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True, editable=False)
    next_refresh_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the provider last told us about it")
    refresh_requested_at = models.DateTimeField(null=True, blank=True, help_text="When its owner last asked for it")
    connected_at = models.DateTimeField(default=timezone.now)
    last_updated = models.DateTimeField(default=timezone.now)
    extra_data = models.JSONField(default=dict, blank=True)

    readings = GenericRelation("connect.FollowerReading")
    """Deleted with the record."""

    objects = SocialResourceQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["user", "network", "external_id"],
                condition=~Q(status=Status.DISCONNECTED),
                name="%(app_label)s_%(class)s_one_per_user",
            ),
            models.UniqueConstraint(
                fields=["network", "provider_uid"],
                condition=Q(verified=True) & ~Q(status=Status.DISCONNECTED),
                name="%(app_label)s_%(class)s_one_owner",
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="%(app_label)s_%(class)s_status"),
            models.CheckConstraint(condition=Q(health__in=Health.values), name="%(app_label)s_%(class)s_health"),
            models.CheckConstraint(condition=Q(followers__gte=0), name="%(app_label)s_%(class)s_followers"),
        ]
        indexes = [
            models.Index(fields=["status", "id"], name="%(class)s_status"),
            models.Index(fields=["status_changed_at"], condition=Q(status=Status.PENDING), name="%(class)s_waiting"),
            models.Index(
                F("followers").desc(nulls_last=True),
                "id",
                condition=Q(status=Status.PENDING),
                name="%(class)s_largest",
            ),
            models.Index(fields=["network", "identity_key"], name="%(class)s_identity"),
            models.Index(
                fields=["network", "other_identity_key"],
                condition=~Q(other_identity_key=""),
                name="%(class)s_identity_2",
            ),
            models.Index(
                fields=["flagged_at"],
                condition=Q(status=Status.ACCEPTED, flagged_at__isnull=False),
                name="%(class)s_flagged",
            ),
            models.Index(fields=["appealed_at"], condition=Q(appeal_open=True), name="%(class)s_appealed"),
            models.Index(
                fields=["network", "provider_uid"],
                condition=Q(provider_uid__isnull=False),
                name="%(class)s_uid",
            ),
            GinIndex(WORDS, name="%(class)s_words"),
            models.Index(fields=["network", "provider_alias"], condition=~Q(provider_alias=""), name="%(class)s_alias"),
        ]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "shape" in cls.__dict__:
            cls.submission = cls.shape.input_serializer()
            cls.reference = cls.shape.reference_serializer()

    def __str__(self) -> str:
        return f"{self.network}/{self.external_id} (#{self.pk})"

    @property
    def identity_keys(self) -> list[str]:
        return [key for key in (self.identity_key, self.other_identity_key) if key]

    @property
    def inherits_suspension(self) -> bool:
        """Whether it is suspended only because another record of that account is."""
        return self.is_suspended and self.status_reason == INHERITED

    @property
    def followers_quality(self) -> str:
        return quality(self.followers_source, self.followers_as_of, timezone.now())

    def raise_flag(self, flag: Flag, **difference: Any) -> None:
        type(self).objects.filter(pk=self.pk).raise_flag(flag, **difference)

    @classmethod
    def limit(cls) -> int:
        """How many live records of this kind a creator may have."""
        return settings.CONNECT_MAX_SUBMISSIONS


from connect.api.idempotency import IdempotencyKey
from connect.desk.bulk import BulkDecision
from connect.desk.models import Decision, DecisionReason, Review
from connect.due_work.open_claims import OpenClaim
from connect.events.models import Event
from connect.history import FollowerReading
from connect.identity.models import IdentityKey
from connect.seen_once import SeenOnce
from connect.sessions.models import Session
