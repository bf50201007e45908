"""Every column that we have, and what it is to the person it is about; a test fails for one that is in none.

told: in the export. secret: tokens, passwords and what is made of them; never told. inner: how the service works.
"""

from typing import Any

RECORD = {
    "told": """id network external_id provider_uid provider_alias identity_key other_identity_key name url category
        extra_data status disconnected_from status_changed_at appeal appealed_at appeal_open verified
        verification_level health health_since followers claimed_followers followers_source followers_as_of
        engagement_rate connected_at last_updated read_at reason_shared suspended_at""",
    "inner": """user_id status_reason flags flag_details flagged_at health_cause next_refresh_at claimed_at
        refresh_requested_at lease_token lease_until failures""",
}
NETWORK = {
    "told": f"""{RECORD["told"]} engagement_source engagement_as_of expires_at expires_what scopes_granted
        scopes_missing""",
    "inner": f"{RECORD['inner']} doubted_at unbelieved_at",
}
HISTORY = {
    "told": "pgh_created_at pgh_label network external_id provider_uid status verified verification_level health",
    "inner": "pgh_id pgh_obj_id pgh_context_id user_id status_reason flags",
}
DUE = "due_at claimed_at lease_token lease_until failures"
SEALED = "access_cipher refresh_cipher key_id refresh_key_id"

PERSONAL: dict[str, dict[str, str]] = {
    "connect.User": {
        "told": "id username first_name last_name email date_joined last_login is_active",
        "secret": "password",
        "inner": "is_superuser is_staff sessions_ended",
    },
    "account.EmailAddress": {"told": "email verified primary", "inner": "id user_id"},
    "account.EmailConfirmation": {"told": "created sent", "secret": "key", "inner": "id email_address_id"},
    "socialaccount.SocialAccount": {"told": "provider uid last_login date_joined extra_data", "inner": "id user_id"},
    "socialaccount.SocialToken": {"secret": "token token_secret", "inner": "id app_id account_id expires_at"},
    "mfa.Authenticator": {"told": "type created_at last_used_at", "secret": "data", "inner": "id user_id"},
    "networks.SocialNetwork": NETWORK,
    "pages.SocialPage": RECORD,
    "walls.SocialWall": RECORD,
    "channels.SocialChannel": RECORD,
    "networks.SocialNetworkEvent": HISTORY,
    "pages.SocialPageEvent": HISTORY,
    "walls.SocialWallEvent": HISTORY,
    "channels.SocialChannelEvent": HISTORY,
    "connect.FollowerReading": {"told": "object_id day followers source as_of", "inner": "id content_type_id"},
    "connect.Event": {"told": "uid type data created_at actor", "inner": "id user_id kind object_id position once"},
    "connect.IdempotencyKey": {"told": "key status body started_at", "secret": "fingerprint", "inner": "id user_id"},
    "connect.Session": {"secret": "session_key session_data", "inner": "expire_date user_id"},
    "connect.Review": {"inner": "id content_type_id object_id staff_id until"},
    "connect.Decision": {"told": "decision at", "inner": "id content_type_id object_id staff_id"},
    "assets.Asset": {
        "told": """noun provider_uid names identity_keys name url followers followers_source extra_data seen_at
            missing_since""",
        "inner": "id network_id",
    },
    "assets.Discovery": {"told": "finished_at", "inner": f"network_id provider answer digest {DUE}"},
    "refresh.Engagement": {"inner": f"network_id provider {DUE}"},
    "credentials.Credential": {
        "told": """network_id provider scopes expires_at grant_ends_at data_access_ends_at obtained_at renewed_at
            refused_at""",
        "secret": f"{SEALED} refresh_digest refresh_prefix_digest",
        "inner": f"client_id asked_at unbelieved_at version {DUE}",
    },
    "credentials.Revocation": {
        "told": "provider provider_uid answer finished_at",
        "secret": SEALED,
        "inner": f"id network_id receipt_id sealed_in {DUE}",
    },
    "connections.ConnectLink": {
        "told": "network record_id scopes return_url made_at expires_at chosen asked_at problem spent_at",
        "secret": "digest browser state",
        "inner": "id user_id",
    },
    "notices.Mail": {
        "told": "subject network happened_at expires_at",
        "secret": SEALED,
        "inner": f"id user_id record_id {DUE}",
    },
    "notices.MailedEvent": {"inner": "id mail_id event_id"},
    "notices.NoticePreference": {"told": "ends broken decisions changed_at", "inner": "user_id"},
    "privacy.Erasure": {"inner": f"receipt_id user_id noun after {DUE}"},
    "notices.WebhookDelivery": {
        "told": "state delivered_at",
        "inner": f"id endpoint_id event_id answer {DUE}",
    },
    "admin.LogEntry": {
        "told": "action_time",
        "inner": "id user_id content_type_id object_id object_repr change_message action_flag",
    },
}
NOBODYS = {
    "auth.Permission", "auth.Group", "auth.Group_permissions", "connect.User_groups", "connect.User_user_permissions",
    "contenttypes.ContentType", "socialaccount.SocialApp", "connect.DecisionReason", "credentials.TokenKey",
    "budgets.NetworkPause", "budgets.ProviderDay", "budgets.ProviderMinute", "notices.WebhookEndpoint",
    "notices.WebhookSecret", "notices.MailFeed", "connect.IdentityKey",
}  # fmt: skip
"""Tables that are about nobody."""

NAMELESS = {
    "sessions.Session", "pghistory.Context", "pghistory.Events", "pghistory.MiddlewareEvents", "connect.SeenOnce",
    "callbacks.DeletionRequest", "privacy.ErasureReceipt",
}  # fmt: skip
"""Tables in which nobody is looked up: digests, contexts of the audit, and Django's sessions, which are elsewhere."""


def columns(label: str, use: str) -> list[str]:
    return PERSONAL[label].get(use, "").split()


def classified(label: str) -> set[str]:
    uses: list[Any] = [text.split() for text in PERSONAL[label].values()]
    return {name for names in uses for name in names}
