"""Erasing a person: connections end and are revoked upstream, rows and history go, the audit keeps a pseudonym.

A suspension outlives it, as a keyed hash that finds nobody: erasing an account is no way out of one.
"""

import secrets
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
from connect.audit import audited
from connect.claims import lock_creator
from connect.events.models import Event
from connect.json_columns import merged
from connect.models import FollowerReading, User, erased_keys, erased_uid
from connect.moderation import kinds
from connect.network_table import home_url
from connect.workflow import Status
from social_auth.models import Asset, ErasureReceipt, Revocation
from social_auth.personal_data.exporting import event_model


@transaction.atomic
def erase(user: User) -> ErasureReceipt:
    """Erase that person, and return the receipt by which anybody can see how far it is."""
    lock_creator(user.pk)
    receipt = ErasureReceipt.objects.create(code=secrets.token_hex(12))
    ids = {model: list(model.objects.owned_by(user).values_list("pk", flat=True)) for model in kinds().values()}
    with audited(action="erase", by=user):
        for model in kinds().values():
            _end(model, user)
        _hand_over_revocations(user, receipt)
        for model in kinds().values():
            _empty_or_delete(model, user)
    for model, pks in ids.items():
        _pseudonymise(model, pks, user)
    _forget_the_person(user)
    return receipt


def _end(model: Any, user: User) -> None:
    for row in model.objects.owned_by(user).exclude(status=Status.DISCONNECTED).order_by("pk"):
        row.disconnect(by=user, reason="The account is erased")


def _hand_over_revocations(user: User, receipt: ErasureReceipt) -> None:
    """What the providers are still to be told outlives the networks; the rest goes with them."""
    waiting = Revocation.objects.filter(network__user=user, finished_at=None)
    waiting.update(network=None, receipt=receipt)
    Revocation.objects.filter(network__user=user).update(provider_uid="")


def _empty_or_delete(model: Any, user: User) -> None:
    for row in model.objects.owned_by(user):
        if row.is_suspended:
            model.objects.filter(pk=row.pk).update(**_nothing_left(row))
            _delete_readings(row)
            Asset.objects.filter(network__user=user).delete()
        else:
            row.delete()


def _nothing_left(row: Any) -> dict[str, Any]:
    """The columns of a suspended record without the account: what is left recognises it if it comes again."""
    words = dict.fromkeys(("name", "category", "appeal", "followers_source", "provider_alias"), "")
    nobody = {**words, "url": home_url(row.network), "extra_data": {}, "flag_details": {}}
    numbers = dict.fromkeys(("followers", "claimed_followers", "followers_as_of", "engagement_rate"))
    uid = erased_uid(row.network, row.provider_uid) if row.provider_uid else None
    ids = {"external_id": erased_uid(row.network, row.external_id), "provider_uid": uid}
    return {**nobody, **numbers, **ids, "identity_keys": erased_keys(row), "last_updated": timezone.now()}


def _delete_readings(row: Any) -> None:
    kind = ContentType.objects.get_for_model(type(row))
    FollowerReading.objects.filter(content_type=kind, object_id=row.pk).delete()


def _pseudonymise(model: Any, pks: list[int], user: User) -> None:
    """The audit goes on telling what happened when and by whom of the staff, of an account that it does not name."""
    events = event_model(model)._default_manager.filter(pgh_obj_id__in=pks)
    events.update(external_id="erased", provider_uid=None)
    own = Context.objects.filter(pk__in=events.values("pgh_context_id"), metadata__user=user.pk)
    own.update(metadata=merged("metadata", {"by": f"erased #{user.pk}", "reason": ""}))
    _blank_log(model, [str(pk) for pk in pks])


def _blank_log(model: Any, ids: list[str]) -> None:
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=ids)
    about.update(object_repr="erased", change_message="")


def _forget_events(user: User) -> None:
    """The platform still hears that the connections ended, of records that have a number and no name."""
    mine = Event.objects.filter(user=user)
    mine.exclude(type__endswith=".disconnected", position=None).delete()
    mine.update(data=merged("data", {"external_id": "erased"}))


def _forget_the_person(user: User) -> None:
    _forget_events(user)
    tables: tuple[Any, ...] = (SocialAccount, EmailAddress, Authenticator, IdempotencyKey)
    for model in tables:
        model.objects.filter(user_id=user.pk).delete()
    _blank_log(User, [str(user.pk)])
    user.email, user.username, user.first_name, user.last_name = "", f"erased-{user.pk}-{secrets.token_hex(8)}", "", ""
    user.is_active, user.last_login = False, None
    user.set_unusable_password()  # and with it every session ends
    user.save()
