"""The free-form data of a network: merged key by key, within limits; callers cannot overwrite the provider's keys."""

import json
import re
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import serializers

from connect.api.fields import FILLED_TEXT
from connect.audit.context import audited
from connect.errors import PermissionDenied
from networks.models import SocialNetwork

MAX_KEYS = 50
MAX_KEY = 64
MAX_VALUE = 2000
MAX_BYTES = 16 * 1024
COUNTS = frozenset(
    {"following_count", "posts_count", "videos_count", "views_count", "likes_count", "boards_count"}
    | {"verified_followers_count"}
)
WORDS = frozenset(
    {"verified_badge", "verified_type", "account_type", "avatar_url", "display_name", "handle", "account_created"}
    | {"identity_verified", "parody"}
)
PROVIDER_KEYS = COUNTS | WORDS
"""Keys that only the provider's answers write."""
LINK_KEY = re.compile(r"(^|[^a-z])(url|uri|link|website|homepage|site|web)s?$", re.IGNORECASE)
LINK = re.compile(r"https?://[^\s/?#@:]+\.[^\s/?#@:]+(:[0-9]{1,5})?([/?#][^\s<>\"]*)?", re.IGNORECASE)
UNSEEN = re.compile(r"[\x00-\x1f\x7f]")
"""Characters that browsers drop from a link before they parse it."""
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
RUNS = re.compile(r"((java|vb)script\s*:|data:\s*[a-z]+/|(file|blob):\S)", re.IGNORECASE)
"""Texts that a browser would execute or open if they were shown as a link."""
NO_LINK = "A link begins with https:// or http://"
COMPUTED = "It is computed from the account's posts"
EXTRA_DATA = {
    "type": "object",
    "description": "Any keys of yours, such as `bio` and `website`; null or an empty text takes a key away. Keys are "
    "printable, a value has at most 2000 characters. `category` is a text of at most 64, `engagement_rate` a number "
    "from 0 to 100, and what the provider writes cannot be sent.",
    "minProperties": 1,
    "maxProperties": MAX_KEYS,
    "propertyNames": {"maxLength": MAX_KEY, "pattern": FILLED_TEXT, "not": {"enum": sorted(PROVIDER_KEYS)}},
    "additionalProperties": True,
}
"""The OpenAPI schema of `extra_data`."""


def update_extra(pk: int, changes: dict[str, Any], *, by: Any) -> None:
    """Merge `changes`; None and "" remove a key. Raises PermissionDenied if suspended, ValidationError if too large.

    `category` and `engagement_rate` also set their columns; a rate is refused where one is computed from posts.
    Somebody else's network is refused as by `get_for`.
    """
    with transaction.atomic(), audited(action="update_extra", by=by):
        current = SocialNetwork.objects.get_for(by, pk, locked=True)
        if current.is_suspended:
            raise PermissionDenied
        if changes.get("engagement_rate") not in (None, "") and current.has_computed_engagement:
            raise serializers.ValidationError({"extra_data": {"engagement_rate": COMPUTED}})
        merged = merge(current.extra_data, changes)
        columns: dict[str, Any] = {}
        if "category" in changes:
            columns["category"] = changes["category"] or ""
        if "engagement_rate" in changes:
            rate = changes["engagement_rate"]
            columns |= current.claim_engagement(rate if rate != "" else None)
        SocialNetwork.objects.filter(pk=pk).update(extra_data=merged, last_updated=timezone.now(), **columns)


def merge(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = current | changes
    merged = {key: value for key, value in merged.items() if value is not None and value != ""}
    own = {key: value for key, value in merged.items() if key not in PROVIDER_KEYS}
    if len(own) > MAX_KEYS:
        raise serializers.ValidationError({"extra_data": f"At most {MAX_KEYS} keys"})
    if len(json.dumps(own, ensure_ascii=False).encode()) > MAX_BYTES:
        raise serializers.ValidationError({"extra_data": f"At most {MAX_BYTES // 1024} KiB in all"})
    return merged


def mend_links(networks: Any) -> int:
    """Remove links that would be refused today from data that was stored before; return how many networks changed.

    A bare host becomes a link. A network whose data changes meanwhile is skipped, as new data is checked.
    """
    stored = networks.exclude(extra_data={}).order_by("pk").values_list("pk", "extra_data")
    changed = ((pk, extra, mended) for pk, extra in stored.iterator() if (mended := _mended(extra)) != extra)
    return sum(networks.filter(pk=pk, extra_data=extra).update(extra_data=mended) for pk, extra, mended in changed)


def _mended(extra: dict[str, Any]) -> dict[str, Any]:
    mended = {}
    for key, value in extra.items():
        if key in PROVIDER_KEYS or _is_harmless(value, is_link=_names_a_link(key)):
            mended[key] = value
        elif isinstance(value, str) and LINK.fullmatch(link := f"https://{value.strip()}"):
            mended[key] = link
    return mended


def checked_changes(data: Any) -> dict[str, Any]:
    """Check what a caller posted as extra_data; raises ValidationError naming the wrong keys."""
    if not isinstance(data, dict):
        raise serializers.ValidationError("An object is needed")
    if not data:
        raise serializers.ValidationError("Nothing to update")
    problems = {key[:MAX_KEY]: message for key, value in data.items() if (message := _objection(key, value))}
    if problems:
        raise serializers.ValidationError(problems)
    changes = dict(data)
    if changes.get("engagement_rate") not in (None, ""):
        changes["engagement_rate"] = float(changes["engagement_rate"])
    return changes


def _objection(key: str, value: Any) -> str | None:
    if key in PROVIDER_KEYS:
        return "This key is written from the provider's data"
    if not key.strip() or len(key) > MAX_KEY or not key.isprintable():
        return f"A key has 1 to {MAX_KEY} printable characters"
    if value is None or value == "":
        return None
    if key == "engagement_rate":
        return None if _is_rate(value) else "A number from 0 to 100 is needed"
    if key == "category":
        return None if isinstance(value, str) and len(value) <= MAX_KEY else f"Text of at most {MAX_KEY} characters"
    if not _fits(value):
        return "A number has at most 64 bits"
    if not _is_harmless(value, is_link=_names_a_link(key)):
        return NO_LINK
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"A value has at most {MAX_VALUE} characters" if len(text) > MAX_VALUE else None


def _names_a_link(key: str) -> bool:
    """Whether the key's name says that its value is a link, also in camel case (`shopUrl`)."""
    return LINK_KEY.search(CAMEL.sub("_", key)) is not None


def _is_harmless(value: Any, *, is_link: bool) -> bool:
    """Whether every link in the value, at any depth, is http or https."""
    if isinstance(value, dict):
        return all(_is_harmless(inner, is_link=is_link or _names_a_link(key)) for key, inner in value.items())
    if isinstance(value, list):
        return all(_is_harmless(inner, is_link=is_link) for inner in value)
    if not isinstance(value, str):
        return value is None or not is_link
    if is_link and value:
        return LINK.fullmatch(value.strip()) is not None
    return RUNS.match(UNSEEN.sub("", value).strip()) is None


def _fits(value: Any) -> bool:
    """Whether every integer in the value has at most 64 bits, as our JSON writer cannot write larger ones."""
    if isinstance(value, dict):
        return all(_fits(inner) for inner in value.values())
    if isinstance(value, list):
        return all(_fits(inner) for inner in value)
    return not isinstance(value, int) or -(2**63) <= value < 2**64


def _is_rate(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,10})?", value, re.ASCII) is not None and float(value) <= 100
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100
