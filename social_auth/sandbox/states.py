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
OF_GRANTS = {
    "expired": "the code has expired when it comes back",
    "wrong_app": STATES["wrong_app"],
    "missing_scope": STATES["missing_scope"],
    **{state: STATES[state] for state in OF_CALLS},
}
"""These concern what is granted on a consent page, and leave the account as it is."""
OF_SOME = {
    "personal": ("instagram",),
    "no_channel": ("youtube",),
    "locked": ("facebook", "instagram", "twitter"),
    "page_lost": ("facebook", "linkedin", "pinterest"),
    "hidden": ("youtube", "instagram", "twitter", "tiktok", "pinterest"),
}
"""Where there is such a state."""


def of_accounts(network: str) -> dict[str, str]:
    """What can be the matter with an account of that network, whoever asks about it."""
    others = (*OF_TOKENS, *OF_NETWORKS, *OF_GRANTS)
    return {
        state: about
        for state, about in STATES.items()
        if state not in others and network in OF_SOME.get(state, (network,))
    }
