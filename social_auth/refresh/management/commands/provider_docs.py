from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from connect.retention import RetentionRule
from social_auth.providers import versions
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.base import Adapter
from social_auth.providers.rules import LAST_RULES, About, Rule
from social_auth.refresh.results import CONFIRMS_END
from social_auth.wire.outcomes import Outcome, OutOfCredit, Unavailable

INTRODUCTION = """# Providers

Made by `manage.py provider_docs`; a test compares it with the code.

What each network needs and gives:
"""
VERSIONS = """
## Versions of their APIs

A version has an end, after which LinkedIn answers 426 and Meta serves its oldest living version without a word. What we
ask under is a setting. `check_providers`, `/health/` (`versions`) and `connect_provider_version_days_left` tell of its
end, and warn from 60 days before. A 426 is our fault: ops are told at once, no connection changes, and the process goes
on under the next version of this table. That Meta serves another version than the one asked for is logged once.

| network | setting | version | ends | source |
|---|---|---|---|---|
"""
OUTCOMES = """
## What an error means

The first row that fits an error names the outcome; patterns are regular expressions. No row condemns an account while
the provider answers 429 or 5xx. `about` is what the call was made with: an account's token, a posted code, a grant that
renews a token (both with our client), or our own keys alone.

Whose fault it is decides who hears of it. *The creator's*: the app gets a 400 that names what was wrong with what it
posted. *Ours*: the app gets a 503, the log has `a provider refuses us, not an account`, the metric
`connect_refresh_faults_5m` counts it, nobody is marked, and what was due is tried again later with the credential that
there is. *The provider's*: the app gets a 503 and keeps the token. Whatever is refused with our own keys alone is ours.

A provider is left alone for a while only for silence, 5xx, garbage and limits of the whole app, never for how
it refuses what somebody posted. `Retry-After` is that of a limit that was hit, or a failing provider's own word.
"""
VERDICTS = Path(settings.BASE_DIR, "judges", "verdicts.md")
"""What `make judges` found last; not in the image."""
RETENTION = """
## What is kept, and for how long

By each network's terms. `days`: after it was read, or while the account is connected. After a disconnect, or when a
proof is lost, it goes within the days of the next column, and with an erasure at once. `prune_history` runs daily and
deletes what would be too old before its next run; what may not be computed is not. Ids stay until the erasure, so that
a suspended account is known again; tokens end with the connection. "With an agreement" holds for the networks that
`CONNECT_AGREEMENTS` names: `youtube` once the amendment was accepted for our app, `pinterest` once it allowed it.
YouTube wants the owner's authorization verified every 30 days: it is renewed weekly, which tells whether it is there.

| network | what | days | days after a disconnect | with an agreement | why | source |
|---|---|---|---|---|---|---|
"""


class Command(BaseCommand):
    help = "Print docs/providers.md, made from the adapters' declared traits and rules."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        retention_table = "".join(map(retention, ADAPTERS.values()))
        parts = [INTRODUCTION, capabilities(), RETENTION, retention_table, VERSIONS, api_versions(), OUTCOMES]
        parts += map(rules, ADAPTERS.values())
        parts += [VERDICTS.read_text()] if VERDICTS.exists() else []
        self.stdout.write("".join(parts), ending="")


def retention(adapter: Adapter) -> str:
    rows = []
    for rule in adapter.keeps:
        agreed = f"{kept_for(rule.if_agreed)} ({rule.if_agreed.source})" if rule.if_agreed else "the same"
        cells = (adapter.network, rule.data, kept_for(rule), rule.days_after, agreed, rule.why, rule.source)
        rows.append(f"| {' | '.join(map(str, cells))} |\n")
    return "".join(rows)


def kept_for(rule: RetentionRule) -> str:
    if rule.days is None:
        return "while connected"
    return str(rule.days) if rule.days else "none"


def api_versions() -> str:
    rows = []
    for setting, of_setting in versions.KNOWN.items():
        networks = ", ".join(network for network, its_setting in versions.SETTINGS.items() if its_setting == setting)
        rows += [
            f"| {networks} | `{setting}` | {version.name} | {version.ends or 'not said yet'} | {version.source} |\n"
            for version in of_setting
        ]
    return "".join(rows)


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


RULE_COLUMNS = ("if the answer has", "it is", "whose fault", "the app is told", "the connection", "because")


def rules(adapter: Adapter) -> str:
    head = f"| {' | '.join(RULE_COLUMNS)} |\n{'|---' * len(RULE_COLUMNS)}|\n"
    title = f"\n### {adapter.network.label}\n\n"  # type: ignore[attr-defined]
    return title + head + "".join(map(row, (*adapter.rules, *LAST_RULES)))


def row(rule: Rule) -> str:
    conditions = {
        "status": rule.status, "code": rule.code, "subcode": rule.subcode, "kind": rule.kind, "text": rule.text,
        "about": rule.about,
    }  # fmt: skip
    condition = ", ".join(
        f"{name} `{value}`".replace("|", "\\|") for name, value in conditions.items() if value is not None
    )
    outcome: type[Outcome] = rule.outcome
    cells = (condition or "anything", outcome.__name__, outcome.fault, api_error(rule), effect(rule), rule.meaning)
    return f"| {' | '.join(cells)} |\n"


def api_error(rule: Rule) -> str:
    """The error of the API, and the field or reason in it."""
    outcome = rule.outcome()
    outcome.field = rule.field
    error = outcome.as_api_error("credential").body
    more = rule.field or error.get("reason")
    return f"{outcome.as_api_error().status_code} `{error['error']}`{f', {more}' if more else ''}"


def effect(rule: Rule) -> str:
    """What becomes of a connection whose reading, or renewal, is answered so."""
    if rule.about == About.CODE or rule.field:
        return "there is none yet"
    if issubclass(rule.outcome, CONFIRMS_END):
        return "suspect, reauth_required if said again"
    if issubclass(rule.outcome, OutOfCredit):
        return "as it was; asked when the quota returns"
    return "as it was; asked again soon" if issubclass(rule.outcome, Unavailable) else "as it was; asked next time"
