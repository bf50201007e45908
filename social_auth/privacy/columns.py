"""Every column of every table, and what it is to the person whom it is about; a test fails for a column without.

exported: in the person's export. secret: tokens, passwords and what is derived from them, never in the export.
internal: how the service works.
"""

from typing import Any

RECORD = {
    "exported": """id network external_id provider_uid provider_alias identity_key other_identity_key name url category
        extra_data status disconnected_from status_changed_at appeal appealed_at appeal_open verified
        verification_level health health_since followers claimed_followers followers_source followers_as_of
        engagement_rate connected_at last_updated read_at reason_shared suspended_at""",
    "internal": """user_id status_reason flags flag_details flagged_at health_cause next_refresh_at claimed_at
        refresh_requested_at lease_token lease_until failures""",
}
NETWORK = {
    "exported": f"""{RECORD["exported"]} engagement_source engagement_as_of expires_at expires_what scopes_granted
        scopes_missing""",
    "internal": f"{RECORD['internal']} doubted_at unbelieved_at",
}
HISTORY = {
    "exported": "pgh_created_at pgh_label network external_id provider_uid status verified verification_level health",
    "internal": "pgh_id pgh_obj_id pgh_context_id user_id status_reason flags",
}
DUE = "due_at claimed_at lease_token lease_until failures"
SEALED = "access_cipher refresh_cipher key_id refresh_key_id"

PERSONAL: dict[str, dict[str, str]] = {
    "connect.User": {
        "exported": "id username first_name last_name email date_joined last_login is_active",
        "secret": "password",
        "internal": "is_superuser is_staff sessions_ended",
    },
    "account.EmailAddress": {"exported": "email verified primary", "internal": "id user_id"},
    "account.EmailConfirmation": {"exported": "created sent", "secret": "key", "internal": "id email_address_id"},
    "socialaccount.SocialAccount": {
        "exported": "provider uid last_login date_joined extra_data",
        "internal": "id user_id",
    },
    "socialaccount.SocialToken": {"secret": "token token_secret", "internal": "id app_id account_id expires_at"},
    "mfa.Authenticator": {"exported": "type created_at last_used_at", "secret": "data", "internal": "id user_id"},
    "networks.SocialNetwork": NETWORK,
    "pages.SocialPage": RECORD,
    "walls.SocialWall": RECORD,
    "channels.SocialChannel": RECORD,
    "networks.DueReading": {"internal": "network_id provider due_at"},
    "networks.SocialNetworkEvent": HISTORY,
    "pages.SocialPageEvent": HISTORY,
    "walls.SocialWallEvent": HISTORY,
    "channels.SocialChannelEvent": HISTORY,
    "connect.FollowerReading": {"exported": "object_id day followers source as_of", "internal": "id content_type_id"},
    "connect.Event": {
        "exported": "uid type data created_at actor",
        "internal": "id user_id kind object_id position once",
    },
    "connect.IdempotencyKey": {
        "exported": "key status body started_at",
        "secret": "fingerprint",
        "internal": "id user_id",
    },
    "connect.Session": {"secret": "session_key session_data", "internal": "expire_date user_id"},
    "connect.Review": {"internal": "id content_type_id object_id staff_id until"},
    "connect.Decision": {"exported": "decision at", "internal": "id content_type_id object_id staff_id"},
    "connect.BulkDecision": {
        "exported": "decision made_at finished_at",
        "internal": f"id staff_id content_type_id reason share asked_at ids total after done skipped {DUE}",
    },
    "assets.Asset": {
        "exported": """noun provider_uid names identity_keys name url followers followers_source extra_data seen_at
            missing_since""",
        "internal": "id network_id",
    },
    "assets.Discovery": {"exported": "finished_at", "internal": f"network_id provider answer digest {DUE}"},
    "refresh.Engagement": {"internal": f"network_id provider {DUE}"},
    "credentials.Credential": {
        "exported": """network_id provider scopes expires_at grant_ends_at data_access_ends_at obtained_at renewed_at
            refused_at""",
        "secret": f"{SEALED} refresh_digest refresh_prefix_digest",
        "internal": f"client_id asked_at unbelieved_at version {DUE}",
    },
    "credentials.Revocation": {
        "exported": "provider provider_uid answer finished_at",
        "secret": SEALED,
        "internal": f"id network_id receipt_id sealed_in {DUE}",
    },
    "connections.ConnectLink": {
        "exported": "network record_id scopes return_url made_at expires_at chosen asked_at problem spent_at",
        "secret": "digest browser state",
        "internal": "id user_id",
    },
    "notices.Mail": {
        "exported": "subject network happened_at expires_at",
        "secret": SEALED,
        "internal": f"id user_id record_id {DUE}",
    },
    "notices.MailedEvent": {"internal": "id mail_id event_id"},
    "notices.NoticePreference": {"exported": "ends broken decisions changed_at", "internal": "user_id"},
    "privacy.Erasure": {"internal": f"receipt_id user_id noun after {DUE}"},
    "notices.WebhookDelivery": {
        "exported": "state delivered_at",
        "internal": f"id endpoint_id event_id answer {DUE}",
    },
    "admin.LogEntry": {
        "exported": "action_time",
        "internal": "id user_id content_type_id object_id object_repr change_message action_flag",
    },
}
NOBODYS = {
    "auth.Permission", "auth.Group", "auth.Group_permissions", "connect.User_groups", "connect.User_user_permissions",
    "contenttypes.ContentType", "socialaccount.SocialApp", "connect.DecisionReason", "credentials.TokenKey",
    "budgets.NetworkPause", "budgets.ProviderDay", "budgets.ProviderMinute", "notices.WebhookEndpoint",
    "notices.WebhookSecret", "notices.MailFeed", "connect.IdentityKey",
    "connect.OpenClaim",
}  # fmt: skip
"""Tables without personal data."""

NAMELESS = {
    "sessions.Session", "pghistory.Context", "pghistory.Events", "pghistory.MiddlewareEvents", "connect.SeenOnce",
    "callbacks.DeletionRequest", "privacy.ErasureReceipt",
}  # fmt: skip
"""Tables in which a person cannot be found: digests, the audit's contexts, Django's unused session table."""


def columns(label: str, use: str) -> list[str]:
    return PERSONAL[label].get(use, "").split()


def classified(label: str) -> set[str]:
    uses: list[Any] = [text.split() for text in PERSONAL[label].values()]
    return {name for names in uses for name in names}
