"""Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header-07): a call that is repeated has one effect.

The key is claimed before the work, and the answer is stored in the work's own transaction. So if the answer is lost on
its way, a repeat gets it again; and if the work is rolled back, a repeat does it again.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request

from connect import clock
from connect.api.answers import Answer
from connect.errors import ApiError, ValidationFailed
from connect.secret_keys.secret_key import secret_key_and_fallbacks

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
KEY = r'^"?[!#-~]([ -~]{0,252}[!-~])?"?$'
"""What the schema says of it; the quotation fingerprints are the draft's."""
RUNS_FOR = timedelta(seconds=60)
"""How long a call may take: the process of a key that has been running for longer has died."""
KEPT_FOR = timedelta(hours=24)
TRANSIENT = (401, 429)
"""Refusals that are not about the call itself and are not stored: the next attempt may get through."""
CLAIM = f"""
INSERT INTO connect_idempotencykey (user_id, key, fingerprint, started_at)
VALUES (%(user)s, %(key)s, %(fingerprint)s, {clock.NOW})
ON CONFLICT (user_id, key) DO UPDATE
   SET started_at = EXCLUDED.started_at, fingerprint = EXCLUDED.fingerprint, status = NULL, body = NULL
WHERE connect_idempotencykey.started_at < EXCLUDED.started_at - %(kept_for)s
   OR (connect_idempotencykey.status IS NULL AND connect_idempotencykey.started_at < EXCLUDED.started_at - %(runs_for)s
       AND connect_idempotencykey.fingerprint = ANY(%(fingerprints)s))
RETURNING id, started_at
"""


class KeyInUse(ApiError):
    status_code = 409
    code = "idempotency_key_in_use"
    message = "The first call with this Idempotency-Key is still running"
    remedy = "Wait for `retry_after` seconds and repeat the call with the same key."


class KeyReused(ApiError):
    status_code = 422
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another call"
    remedy = "Make a new key for every new call; keep one only to repeat the same call."


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def claim(self, user_id: int, key: str, fingerprints: list[str], now: datetime) -> "IdempotencyKey | None":
        """Take the key for this call; None if another call has it, running or done."""
        parameters: dict[str, Any] = {
            "user": user_id,
            "key": key,
            "fingerprint": fingerprints[0],
            "fingerprints": fingerprints,
            "made_up_now": clock.made_up(now),
            "kept_for": KEPT_FOR,
            "runs_for": RUNS_FOR,
        }
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, parameters)
            row = cursor.fetchone()
        return self.model(pk=row[0], user_id=user_id, key=key, started_at=row[1]) if row else None

    def forget(self, now: datetime) -> int:
        return self.filter(started_at__lt=clock.shared(now) - KEPT_FOR).delete()[0]


class IdempotencyKey(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="idempotency_keys")
    key = models.CharField(max_length=MAX_LENGTH)
    fingerprint = models.CharField(max_length=64)
    """A hash of path and body, keyed because bodies contain tokens."""
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    started_at = models.DateTimeField(db_index=True)

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_use_of_a_key")]

    def __str__(self) -> str:
        return f"{self.key} of user {self.user_id}"

    def store_answer(self, status: int, body: Any) -> None:
        """Store the answer; raises KeyInUse if this call took so long that another one has taken the key."""
        still_ours = type(self).objects.filter(pk=self.pk, started_at=self.started_at, status=None)
        if not still_ours.update(status=status, body=body):
            raise KeyInUse(retry_after=1)

    def release(self) -> None:
        type(self).objects.filter(pk=self.pk, started_at=self.started_at, status=None).delete()

    def replay(self, fingerprints: list[str]) -> Answer:
        """Return the answer that was given; raises KeyReused, KeyInUse."""
        if self.fingerprint not in fingerprints:
            raise KeyReused
        if self.status is None:
            raise KeyInUse(retry_after=1)
        return Answer(self.body, status=self.status, headers={"Idempotency-Replayed": "true"})


def once(request: Request, sent: Any, work: Callable[[], Answer], *, calls_out: bool) -> Answer:
    """Do the work once for the request's Idempotency-Key; without a key, do it each time.

    Work that calls a provider cannot be one transaction: it stores its answer itself, in the transaction that writes
    its result (`request.idempotency_key.store_answer`).
    """
    key, user_id = _key_from_header(request), cast(int, request.user.pk)
    if not key:
        return work()
    fingerprints, now = _fingerprints(request.path, sent), timezone.now()
    claimed = IdempotencyKey.objects.claim(user_id, key, fingerprints, now)
    if claimed is None:
        return _replayed(user_id, key, fingerprints)
    request.idempotency_key = claimed  # type: ignore[attr-defined]
    return _answer(claimed, work, calls_out=calls_out)


def _replayed(user_id: int, key: str, fingerprints: list[str]) -> Answer:
    row = IdempotencyKey.objects.filter(user_id=user_id, key=key).first()
    if row is None:  # the other call has failed just now and released the key
        raise KeyInUse(retry_after=1)
    return row.replay(fingerprints)


def _answer(claimed: IdempotencyKey, work: Callable[[], Answer], *, calls_out: bool) -> Answer:
    with ExitStack() as unfinished:
        unfinished.callback(claimed.release)  # however the work fails, the key may be used again
        try:
            response = work() if calls_out else _run_and_store(claimed, work)
        except ApiError as error:
            if not (error.status_code >= 500 or error.status_code in TRANSIENT or isinstance(error, KeyInUse)):
                claimed.store_answer(error.status_code, error.body)
                unfinished.pop_all()
            raise
        unfinished.pop_all()
        return response


@transaction.atomic
def _run_and_store(claimed: IdempotencyKey, work: Callable[[], Answer]) -> Answer:
    response = work()
    claimed.store_answer(response.status_code, response.data)
    return response


def _key_from_header(request: Request) -> str:
    """Return the key, with or without the quotation fingerprints of the draft; empty if there is none."""
    text = request.headers.get(HEADER)
    if text is None:
        return ""
    key = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if not (0 < len(key) <= MAX_LENGTH and key.isascii() and key.isprintable()):
        raise ValidationFailed(f"1 to {MAX_LENGTH} printable ASCII characters", field=HEADER)
    return key


def _fingerprints(path: str, sent: Any) -> list[str]:
    """The call's fingerprint under SECRET_KEY, and those under earlier keys."""
    body = json.dumps(sent, sort_keys=True, default=str)  # numbers here may be longer than 64 bits
    digests = [
        salted_hmac("idempotency", f"{path}\n{body}", secret=secret, algorithm="sha256")
        for secret in secret_key_and_fallbacks()
    ]
    return [secret.hexdigest() for secret in digests]
