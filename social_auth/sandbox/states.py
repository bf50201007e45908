"""The states of a sandbox account, a token or a whole network."""

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
TOKEN_STATES = ("expired", "revoked")
"""These end the existing tokens, not the account."""
CALL_STATES = ("rate_limited", "throttled", "out_of_credit", "5xx", "hang", "drip", "garbage", "huge")
"""These make any call fail, and may be set for a whole network."""
NETWORK_STATES = (*CALL_STATES, "client_deleted")
GRANT_STATES = {
    "expired": "the code has expired when it comes back",
    "wrong_app": STATES["wrong_app"],
    "missing_scope": STATES["missing_scope"],
    **{state: STATES[state] for state in CALL_STATES},
}
"""States of the grant that a consent page gives; they leave the account as it is."""
LIMITED_TO = {
    "personal": ("instagram",),
    "no_channel": ("youtube",),
    "locked": ("facebook", "instagram", "twitter"),
    "page_lost": ("facebook", "linkedin", "pinterest"),
    "hidden": ("youtube", "instagram", "twitter", "tiktok", "pinterest"),
}
"""The networks that have the state; every network has the others."""


def account_states(network: str) -> dict[str, str]:
    """The states of an account of that network that do not depend on a token or a call."""
    not_of_accounts = (*TOKEN_STATES, *NETWORK_STATES, *GRANT_STATES)
    return {
        state: about
        for state, about in STATES.items()
        if state not in not_of_accounts and network in LIMITED_TO.get(state, (network,))
    }
