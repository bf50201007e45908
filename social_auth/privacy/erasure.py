"""Erasing a user: the account is closed at once, and its data is erased in the background, a small piece at a time.

Connections end and are revoked at the provider, rows and history are deleted, the audit keeps a pseudonym. A suspension
stays as a keyed hash that leads to nobody, so that erasing an account does not lift it. Each piece is a transaction
that stores how far it came, so that a worker may die at any point.
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
from connect.moderation.kinds import kinds
from connect.moderation.locks import lock_creator, lock_user
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
from social_auth.privacy.fresh_proof import forget_code
from social_auth.privacy.last_mail import tell_of_erasure
from social_auth.privacy.models import Erasure, ErasureReceipt
from social_auth.wire.messages import enqueue

LANE = "accounts"
RECORDS = 20
"""Records erased in one transaction."""
ROWS = 1000
"""Other rows erased in one transaction: nothing depends on them."""
PIECES = 10
"""Transactions of one task; then it makes room for other accounts."""
LEASE = timedelta(minutes=2)
MAX_ACCOUNTS = 10
"""Accounts that may be worked on at the same time."""

ERASURE = DueWork(
    name="erasure",
    lanes=lambda now: [LANE],
    rows=lambda lane: Erasure.objects.all(),
    room=lambda lane, leased, now: MAX_ACCOUNTS - leased,
    lease=lambda: LEASE,
)


@transaction.atomic
def close(user: User) -> ErasureReceipt:
    """Close the account for good; return a receipt, with which anybody can see how far the erasure is."""
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
    """Wait for sign-ins by the user's accounts, or allauth would write an account again after we delete it."""
    for provider_id, uid in SocialAccount.objects.filter(user=user).order_by("pk").values_list("provider", "uid"):
        lock_sign_in(provider_id, uid)


def tokens_left(receipt: ErasureReceipt) -> int:
    """How many tokens are still to be revoked at a provider."""
    credentials = Credential.objects.filter(network__user__in=Erasure.objects.filter(pk=receipt.pk).values("user"))
    return credentials.count() + receipt.revocations.filter(finished_at=None).count()


def progress(receipt: ErasureReceipt) -> dict[str, Any]:
    """How far the erasure is, for the receipt's page and call."""
    left, running = tokens_left(receipt), Erasure.objects.filter(pk=receipt.pk).exists()
    return {"state": "running" if running or left else "done", "tokens_left": left}


def erase(pk: int) -> None:
    """Erase some pieces of one account, if it is due and no other worker has it."""
    if claim := ERASURE.claim_one(pk, LANE, timezone.now()):
        work_off(claim)


def work_off(claim: Claim) -> None:
    """Erase some pieces of each claimed account; one with more to erase is due again at once."""
    for row in ERASURE.begin(claim, timezone.now()):
        _erase_pieces(row)


def _erase_pieces(row: Erasure) -> None:
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
    """Erase the next piece; False if nothing is left, or another worker has taken over."""
    lock_user(claimed.user_id)
    row = Erasure.objects.held(claimed.lease_token).filter(pk=claimed.pk).select_for_update(no_key=True).first()
    if row is None:
        return False
    if _erase_records(row) or _erase_rows(row):
        return True
    row.delete()
    return False


def _erase_records(row: Erasure) -> bool:
    """Erase the next few records, kind by kind, and store how far it came; False if there are none."""
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
    """Attach open revocations to the receipt, as the networks that they belong to are about to be deleted."""
    if model is SocialNetwork:
        of_these = Revocation.objects.filter(network__in=pks)
        of_these.filter(finished_at=None).update(network=None, receipt=row.receipt_id)
        of_these.update(provider_uid="")


def _empty_or_delete(model: Any, record: Any) -> None:
    if not record.is_suspended:
        record.delete()
        return
    model.objects.filter(pk=record.pk).update(**_emptied_columns(record))
    kind = ContentType.objects.get_for_model(model)
    FollowerReading.objects.filter(content_type=kind, object_id=record.pk).delete()


def _emptied_columns(row: Any) -> dict[str, Any]:
    """The columns of a suspended record without personal data: hashes recognise the account if it comes back."""
    words = dict.fromkeys(("name", "category", "appeal", "followers_source", "provider_alias"), "")
    nobody = {**words, "url": home_url(row.network), "extra_data": {}, "flag_details": {}}
    numbers = dict.fromkeys(("followers", "claimed_followers", "followers_as_of", "engagement_rate"))
    uid = erased_uid(row.network, row.provider_uid) if row.provider_uid else None
    ids = {"external_id": erased_uid(row.network, row.external_id), "provider_uid": uid}
    return {**nobody, **numbers, **ids, **erased_keys(row), "last_updated": timezone.now()}


def _pseudonymise(model: Any, pks: list[int], user_id: int) -> None:
    """Keep the audit trail of what staff did and when, without anything that names the account or its owner."""
    events = event_model(model)._default_manager.filter(pgh_obj_id__in=pks)
    events.update(external_id="erased", provider_uid=None)
    own = Context.objects.filter(pk__in=events.values("pgh_context_id"), metadata__user=user_id)
    own.update(metadata=merged("metadata", {"by": f"erased #{user_id}", "reason": ""}))
    _blank_log(model, [str(pk) for pk in pks])


def _blank_log(model: Any, ids: list[str]) -> None:
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=ids)
    entries.update(object_repr="erased", change_message="")


def _forget_events(model: Any, pks: list[int], user_id: int) -> None:
    """Delete events, except the disconnects of just now, which the platform still gets, with the id erased."""
    events = Event.objects.filter(user_id=user_id, kind=model.shape.noun, object_id__in=pks)
    events.exclude(type__endswith=".disconnected", position=None).delete()
    events.update(data=merged("data", {"external_id": "erased"}))


def _erase_rows(row: Erasure) -> bool:
    """Delete the next rows of other tables; False if there are none."""
    for rows in _rows(row.user_id):
        if pks := list(rows.values_list("pk", flat=True)[:ROWS]):
            rows.model.objects.filter(pk__in=pks).delete()
            return True
    return False


def _rows(user_id: int) -> Iterator[Any]:
    yield Event.objects.filter(user_id=user_id).exclude(type__endswith=".disconnected")
    yield Asset.objects.filter(network__user_id=user_id)
    yield IdempotencyKey.objects.filter(user_id=user_id)
    yield Session.objects.filter(user_id=user_id)  # a sign-in was under way when the account was closed
    yield SocialAccount.objects.filter(user_id=user_id)  # a sign-in by an account that was connected just before


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
