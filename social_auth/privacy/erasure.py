"""Erasing a person: the account is closed at once, and emptied in the background, a bounded piece at a time.

Connections end and are revoked upstream, rows and history go, the audit keeps a pseudonym. A suspension outlives it, as
a keyed hash that finds nobody: erasing an account is no way out of one. Each piece is a transaction that says how far
it came, so that a worker may die anywhere.
"""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from pghistory.models import Context

from connect.api.idempotency import IdempotencyKey
from connect.audit.context import audited
from connect.database.json_columns import merged
from connect.database.retries import retried
from connect.due_work.work import Claim, DueWork
from connect.events.models import Event
from connect.history import FollowerReading
from connect.identity.erased import erased_uid
from connect.models import User, erased_keys
from connect.moderation.claims import lock_creator, lock_user
from connect.moderation.kinds import kinds
from connect.moderation.workflow import Status
from connect.network_table import home_url
from connect.sessions.models import Session
from networks.models import SocialNetwork
from social_auth.assets.models import Asset
from social_auth.connections.models import ConnectLink
from social_auth.connections.sign_ins import lock_sign_in
from social_auth.credentials.models import Credential, Revocation
from social_auth.notices.mail import address_of
from social_auth.notices.models import Mail, NoticePreference
from social_auth.privacy.export import event_model
from social_auth.privacy.farewell import tell_of_erasure
from social_auth.privacy.fresh_proof import forget_code
from social_auth.privacy.models import Erasure, ErasureReceipt
from social_auth.wire.messages import enqueue

LANE = "accounts"
RECORDS = 20
"""Of one transaction."""
ROWS = 1000
"""The same, of what nothing hangs on."""
PIECES = 10
"""Of one task: then others have their turn."""
LEASE = timedelta(minutes=2)
MOST = 10
"""How many accounts may be under way."""

ERASURE = DueWork(
    name="erasure",
    lanes=lambda now: [LANE],
    rows=lambda lane: Erasure.objects.all(),
    room=lambda lane, leased, now: MOST - leased,
    lease=lambda: LEASE,
)


@transaction.atomic
def close(user: User) -> ErasureReceipt:
    """Close that person's account for good, and return the receipt by which anybody can see how far the rest is."""
    _wait_for_sign_ins(user)
    lock_creator(user.pk)
    receipt = ErasureReceipt.objects.create(code=secrets.token_hex(12))
    Erasure.objects.create(receipt=receipt, user=user, due_at=timezone.now())
    address = address_of(user)
    _forget_the_person(User.objects.get(pk=user.pk))
    tell_of_erasure(receipt, address)
    _hint(receipt.pk)
    return receipt


def _wait_for_sign_ins(user: User) -> None:
    """Let sign-ins by an account of theirs come to an end: allauth writes the account again that it has read."""
    for provider_id, uid in SocialAccount.objects.filter(user=user).order_by("pk").values_list("provider", "uid"):
        lock_sign_in(provider_id, uid)


def tokens_left(receipt: ErasureReceipt) -> int:
    """How many tokens a provider is still to revoke."""
    held = Credential.objects.filter(network__user__in=Erasure.objects.filter(pk=receipt.pk).values("user"))
    return held.count() + receipt.revocations.filter(finished_at=None).count()


def progress(receipt: ErasureReceipt) -> dict[str, Any]:
    """How far it is, for whoever has the receipt."""
    left, running = tokens_left(receipt), Erasure.objects.filter(pk=receipt.pk).exists()
    return {"state": "running" if running or left else "done", "tokens_left": left}


def erase(pk: int) -> None:
    """Erase of one account what a task may, if that is due and nobody else does."""
    if claim := ERASURE.claim_one(pk, LANE, timezone.now()):
        work_off(claim)


def work_off(claim: Claim) -> None:
    """Erase of those that were claimed and are still ours what a task may; the rest is due at once."""
    for row in ERASURE.begin(claim, timezone.now()):
        _work_at(row)


def _work_at(row: Erasure) -> None:
    for _ in range(PIECES):
        if not retried(lambda: _erase_piece(row)):
            return
    with transaction.atomic():
        if Erasure.objects.filter(pk=row.pk).finish(row.lease_token, timezone.now()):
            _hint(row.pk)


def _hint(pk: int) -> None:
    enqueue("social_auth.privacy.tasks.erase_account", queue=f"erasure.{LANE}", pk=pk)


@transaction.atomic
def _erase_piece(claimed: Erasure) -> bool:
    """Erase what comes next; False if nothing is left, or somebody else has taken over."""
    lock_user(claimed.user_id)
    row = Erasure.objects.held(claimed.lease_token).filter(pk=claimed.pk).select_for_update(no_key=True).first()
    if row is None:
        return False
    if _erase_records(row) or _erase_rows(row):
        return True
    row.delete()
    return False


def _erase_records(row: Erasure) -> bool:
    """Erase the next few records, kind by kind, and note how far it came; False if there are none."""
    nouns = list(kinds())
    for noun in nouns[nouns.index(row.noun) if row.noun else 0 :]:
        after = row.after if noun == row.noun else 0
        rows = list(kinds()[noun].objects.filter(user_id=row.user_id, pk__gt=after).order_by("pk")[:RECORDS])
        if rows:
            Erasure.objects.filter(pk=row.pk).update(noun=noun, after=rows[-1].pk)
            _erase_these(kinds()[noun], rows, row)
            return True
    return False


def _erase_these(model: Any, rows: list[Any], row: Erasure) -> None:
    pks = [record.pk for record in rows]
    with audited(action="erase", by=row.user):
        for record in rows:
            if record.status != Status.DISCONNECTED:
                record.disconnect(by=row.user, reason="The account is erased")
        _hand_over_revocations(model, pks, row)
        for record in rows:
            _empty_or_delete(model, record)
    _pseudonymise(model, pks, row.user_id)
    _forget_events(model, pks, row.user_id)


def _hand_over_revocations(model: Any, pks: list[int], row: Erasure) -> None:
    """What the providers are still to be told outlives the networks; the rest goes with them."""
    if model is SocialNetwork:
        of_these = Revocation.objects.filter(network__in=pks)
        of_these.filter(finished_at=None).update(network=None, receipt=row.receipt_id)
        of_these.update(provider_uid="")


def _empty_or_delete(model: Any, record: Any) -> None:
    if not record.is_suspended:
        record.delete()
        return
    model.objects.filter(pk=record.pk).update(**_nothing_left(record))
    kind = ContentType.objects.get_for_model(model)
    FollowerReading.objects.filter(content_type=kind, object_id=record.pk).delete()


def _nothing_left(row: Any) -> dict[str, Any]:
    """The columns of a suspended record without the account: what is left recognises it if it comes again."""
    words = dict.fromkeys(("name", "category", "appeal", "followers_source", "provider_alias"), "")
    nobody = {**words, "url": home_url(row.network), "extra_data": {}, "flag_details": {}}
    numbers = dict.fromkeys(("followers", "claimed_followers", "followers_as_of", "engagement_rate"))
    uid = erased_uid(row.network, row.provider_uid) if row.provider_uid else None
    ids = {"external_id": erased_uid(row.network, row.external_id), "provider_uid": uid}
    return {**nobody, **numbers, **ids, **erased_keys(row), "last_updated": timezone.now()}


def _pseudonymise(model: Any, pks: list[int], user_id: int) -> None:
    """The audit goes on telling what happened when and by whom of the staff, of an account that it does not name."""
    events = event_model(model)._default_manager.filter(pgh_obj_id__in=pks)
    events.update(external_id="erased", provider_uid=None)
    own = Context.objects.filter(pk__in=events.values("pgh_context_id"), metadata__user=user_id)
    own.update(metadata=merged("metadata", {"by": f"erased #{user_id}", "reason": ""}))
    _blank_log(model, [str(pk) for pk in pks])


def _blank_log(model: Any, ids: list[str]) -> None:
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=ids)
    about.update(object_repr="erased", change_message="")


def _forget_events(model: Any, pks: list[int], user_id: int) -> None:
    """The platform still hears that the connections ended just now, of records that have a number and no name."""
    about = Event.objects.filter(user_id=user_id, kind=model.shape.noun, object_id__in=pks)
    about.exclude(type__endswith=".disconnected", position=None).delete()
    about.update(data=merged("data", {"external_id": "erased"}))


def _erase_rows(row: Erasure) -> bool:
    """Erase the next of what else there is; False if there is nothing."""
    for rows in _rows(row.user_id):
        if pks := list(rows.values_list("pk", flat=True)[:ROWS]):
            rows.model.objects.filter(pk__in=pks).delete()
            return True
    return False


def _rows(user_id: int) -> Iterator[Any]:
    yield Event.objects.filter(user_id=user_id).exclude(type__endswith=".disconnected")
    yield Asset.objects.filter(network__user_id=user_id)
    yield IdempotencyKey.objects.filter(user_id=user_id)
    yield Session.objects.filter(user_id=user_id)  # of a sign-in that was under way when the account was closed
    yield SocialAccount.objects.filter(user_id=user_id)  # of one by an account that was connected just before


def _forget_the_person(user: User) -> None:
    tables: tuple[Any, ...] = (
        SocialAccount, EmailAddress, Authenticator, Mail, NoticePreference, ConnectLink, Session,
    )  # fmt: skip
    for model in tables:
        model.objects.filter(user_id=user.pk).delete()
    forget_code(user)
    _blank_log(User, [str(user.pk)])
    user.email, user.username, user.first_name, user.last_name = "", f"erased-{user.pk}-{secrets.token_hex(8)}", "", ""
    user.is_active, user.last_login = False, None
    user.set_unusable_password()
    user.save()
