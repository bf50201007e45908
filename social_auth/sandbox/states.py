"""What can be the matter with a sandbox account, a token or a whole network."""

STATES = {
    "ok": "all is well",
    "expired": "tokens minted before now have expired; a new one works",
    "revoked": "tokens minted before now were revoked by their owner; a new one works",
    "wrong_app": "tokens are for somebody else's app",
    "missing_scope": "tokens lack the scopes that connecting needs",
    "personal": "an Instagram account that is neither business nor creator",
    "no_channel": "a Google account without a YouTube channel",
    "hidden": "the count is hidden or left out",
    "renamed": "the account goes by another handle",
    "deleted": "the account was deleted",
    "suspended": "the provider suspended the account",
    "locked": "the provider locked the account until its owner signs in there: Meta and X",
    "time_limited": "its owner grants access for a week only",
    "page_lost": "the first page, board or organisation is no longer administered",
    "client_deleted": "our own app is deleted there: of a whole network",
    "rate_limited": "too many requests, with the provider's own headers",
    "throttled": "too many requests, with Retry-After: 2",
    "out_of_credit": "the quota or the money is used up",
    "5xx": "an error page with status 503",
    "hang": "no answer for a minute",
    "drip": "a byte a second",
    "garbage": "half of a JSON text, with bytes that are no UTF-8",
    "huge": "two megabytes",
}
OF_TOKENS = ("expired", "revoked")
"""These end the tokens there are, not the account."""
OF_CALLS = ("rate_limited", "throttled", "out_of_credit", "5xx", "hang", "drip", "garbage", "huge")
"""These concern the call whatever it asks, and may be set for a whole network."""
OF_NETWORKS = (*OF_CALLS, "client_deleted")
