"""What an app must know about each network before it sends anybody there."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from connect import retention
from social_auth.budgets import spending
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.base import Adapter


def network_types() -> list[dict[str, Any]]:
    return [capability(adapter) for adapter in ADAPTERS.values()]


def capability(adapter: Adapter) -> dict[str, Any]:
    """Describe one network. `open` is false without keys, while its breaker is open, and while it is parked."""
    now, closed_for = timezone.now(), adapter.breaker.seconds_left()
    until = now + timedelta(seconds=closed_for) if closed_for else None
    if parked := spending.parked_until(adapter.network, now):
        until = max(parked, until or parked)
    return {
        "network": str(adapter.network),
        "connect_path": f"/api/auth/{adapter.provider_id}/",
        "account_types": adapter.account_types,
        "scopes": adapter.required_scopes,
        "proof_levels": adapter.proof_levels,
        "signs_in_with": adapter.signs_in_with,
        "pkce_required": adapter.pkce,
        "pkce_challenge": str(adapter.challenge) or None,
        "fields": adapter.obtains,
        "counted_anew": [vars(step) for step in adapter.counted_anew],
        "assets": adapter.asset_noun or None,
        "asset_scopes": adapter.asset_scopes,
        "optional_scopes": adapter.offered_scopes,
        "token_life_seconds": int(adapter.token_life.total_seconds()) if adapter.token_life else None,
        "renewal": str(adapter.renewal),
        "retention": retention.for_api(adapter.network),
        "open": adapter.configured and until is None,
        "closed_until": until,
    }
