from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from social_auth.outcomes import Outcome
from social_auth.providers import ADAPTERS
from social_auth.providers.base import Adapter
from social_auth.providers.rules import LAST_RULES, Rule

INTRODUCTION = """# Providers

Made by `manage.py provider_docs`; a test compares it with the code.

What each network needs and gives:
"""
OUTCOMES = """
## What an error means

The first row that fits an error names the outcome; patterns are regular expressions. No row condemns an account while
the provider answers 429 or 5xx. What each outcome does:

| outcome | for who is connecting | for a connected account |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Print docs/providers.md, made from the adapters' declared traits and rules."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        parts = [INTRODUCTION, capabilities(), OUTCOMES, EFFECTS, *map(rules, ADAPTERS.values())]
        self.stdout.write("".join(parts), ending="")


EFFECTS = """| TokenDead | `invalid_access_token` | suspect, then reauth_required if said again |
| Gone | `network_verification_failed`, gone | suspect, then reauth_required if said again |
| WrongUser | `network_verification_failed`, wrong_user | suspect, then reauth_required if said again |
| WrongApp, MissingScope, NotConnectable, Unproven | `network_verification_failed` | nothing; asked at the usual time |
| RateLimited, Unavailable, OurFault | `provider_unavailable` | nothing; asked again soon |
| OutOfCredit | `provider_unavailable` | nothing; asked again when the quota returns |
"""


COLUMNS = (
    "network", "account types", "proof by token", "by code or refresh token", "scopes", "token lives", "renewal",
    "renewed ahead", "accounts a call", "also lists", "revokes", "tells us of",
)  # fmt: skip
CALLBACKS = {
    "facebook": "deauthorization, data deletion",
    "instagram": "deauthorization, data deletion",
    "tiktok": "removed authorization",
    "youtube": "revoked tokens and sessions",
}


def capabilities() -> str:
    head = f"\n| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
    return head + "".join(map(capability, ADAPTERS.values()))


def capability(adapter: Adapter) -> str:
    levels = adapter.proof_levels
    cells = (
        adapter.network,
        ", ".join(adapter.account_types),
        f"{levels['access_token']}{', id_token too' if adapter.takes_id_token else ''}",
        levels["code"] if "refresh_token" in levels else f"{levels['code']} (code only)",
        " ".join(scope.rpartition("/")[2] for scope in adapter.required_scopes),
        lifetime(adapter.token_life),
        adapter.renewal,
        lifetime(adapter.renew_ahead),
        adapter.batch_size,
        lists(adapter),
        "yes" if adapter.revokes else "not offered",
        CALLBACKS.get(adapter.network, "nothing"),
    )
    return f"| {' | '.join(map(str, cells))} |\n"


def lists(adapter: Adapter) -> str:
    """What the account administers, and the scopes of which one is needed for that."""
    needs = " or ".join(adapter.asset_scopes)
    return f"{adapter.asset_noun}s{f' ({needs})' if needs else ''}" if adapter.asset_noun else "nothing"


def lifetime(life: timedelta | None) -> str:
    if life is None:
        return "not said"
    return (
        f"{life.days} d"
        if life.days
        else f"{life.seconds // 3600} h"
        if life.seconds >= 3600
        else f"{life.seconds // 60} min"
    )


def rules(adapter: Adapter) -> str:
    head = f"\n### {adapter.network.label}\n\n| if the answer has | it is | because |\n|---|---|---|\n"  # type: ignore[attr-defined]
    return head + "".join(map(row, (*adapter.rules, *LAST_RULES)))


def row(rule: Rule) -> str:
    wanted = {"status": rule.status, "code": rule.code, "subcode": rule.subcode, "kind": rule.kind, "text": rule.text}
    said = ", ".join(f"{name} `{value}`".replace("|", "\\|") for name, value in wanted.items() if value is not None)
    outcome: type[Outcome] = rule.outcome
    return f"| {said or 'anything'} | {outcome.__name__} | {rule.meaning} |\n"
