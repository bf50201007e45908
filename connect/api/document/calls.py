"""The text about each call, in the order in which an app needs them; a test fails for a call without one."""

from dataclasses import dataclass

from connect.network_table import Network

CONNECT, NETWORKS, RESOURCES = "Connect", "Networks", "Pages, walls, channels"
EVENTS, ACCOUNT, PROVIDERS = "Events", "Account", "For providers"


@dataclass(frozen=True)
class CallText:
    """About one call: its group, its name in generated clients, a line, and what a caller must know."""

    group: str
    name: str
    summary: str
    about: str


SPELLED = {"google": "Google", "youtube": "YouTube", "tiktok": "TikTok", "linkedin": "LinkedIn"}
HAND_OVER = (
    "Hand over what the provider's SDK gave: `access_token` and `user_id`, or `code` with `redirect_uri` (and "
    "`code_verifier`), which proves the app as well. The server asks the provider whose it is, records the account and "
    "keeps its numbers fresh. Send an `Idempotency-Key` for each tap: a repeat has no second effect. After 503 keep "
    "the token and repeat the same call."
)

DELETION = (
    "Meta asks for what came from it to be deleted, and gets a page where its owner sees how far that is. Signed."
)


def _connect_call(path: str, callback: str) -> CallText:
    label = SPELLED.get(path) or path.capitalize()
    return CallText(CONNECT, f"connect{label}", f"Connect {callback}", HAND_OVER)


def _resource(noun: str, count: str) -> dict[str, CallText]:
    label = noun.capitalize()
    return {
        f"/api/get/social-{noun}s/": CallText(
            RESOURCES,
            f"list{label}s",
            f"List the {noun}s",
            f"What the caller submitted, ordered by id. `view: full` adds what is known beside the contract's fields. "
            f"Whoever has more than an answer holds goes on with `next_cursor`. `{count}` is null where nobody knows.",
        ),
        f"/api/add/social-{noun}/": CallText(
            RESOURCES,
            f"add{label}",
            f"Add a {noun}",
            f"Submit a {noun} for staff to decide about. One that a connected account administers is verified by that.",
        ),
        f"/api/action/social-{noun}/appeal/": CallText(
            RESOURCES,
            f"appeal{label}",
            f"Appeal against a decision about a {noun}",
            "Ask staff to look at a rejection or suspension once more, once for each decision. It stands until then.",
        ),
        f"/api/disconnect/social-{noun}/": CallText(
            RESOURCES,
            f"disconnect{label}",
            f"Disconnect a {noun}",
            f"The creator takes the {noun} back. It stays in the list as `disconnected` and may be added again.",
        ),
    }


CALLS: dict[str, CallText] = {
    "/api/get/network-types/": CallText(
        CONNECT,
        "listNetworkTypes",
        "What each network needs and gives",
        "Scopes, fields, what a token of it proves and whether it is open: ask before you send anybody to a provider. "
        "No sign-in is needed.",
    ),
    **{f"/api/auth/{network}/": _connect_call(network, f"{Network(network).label} account")
       for network in ("instagram", "facebook", "twitter", "tiktok", "linkedin", "pinterest")},
    "/api/auth/youtube/": _connect_call("youtube", "a YouTube channel"),
    "/api/auth/google/": _connect_call("google", "a YouTube channel, by the name of its provider"),
    "/api/connect/link/": CallText(
        CONNECT,
        "makeConnectLink",
        "A link by which the creator connects in a browser",
        "Without a provider's SDK in the app: open `url` in a browser session of the system. It is good for a quarter "
        "of an hour and one use, and leads back to `return_url` with the result. With `network_id` it reconnects that "
        "record, with the same account only.",
    ),
    "/api/get/networks/": CallText(
        NETWORKS,
        "listNetworks",
        "List the networks",
        "The caller's networks, connected and submitted, ordered by id: the first call of most apps. `view: full` adds "
        "health, reasons and next steps. `followers` is null where nobody knows, never 0 instead.",
    ),
    "/api/network/status/": CallText(
        NETWORKS,
        "getNetworkStatus",
        "The status of one network",
        "What staff decided about it, and its numbers as they are known now.",
    ),
    "/api/network/refresh/": CallText(
        NETWORKS,
        "refreshNetwork",
        "Read the follower count now",
        "Asks the provider, unless that was just done, or joins the job that does. Call it again after `retry_after` "
        "seconds to hear how far that is.",
    ),
    "/api/get/network-history/": CallText(
        NETWORKS,
        "getNetworkHistory",
        "Follower counts over time",
        "One reading a UTC day, oldest first, and the growth over them. Days without a reading are left out,"
        " and so are those that the network's terms let nobody keep.",
    ),
    "/api/get/network-assets/": CallText(
        NETWORKS,
        "listNetworkAssets",
        "What a connected account administers",
        "The pages, boards, channels or organisations of the account, and which of them are added already.",
    ),
    "/api/action/network/approval/": CallText(
        NETWORKS,
        "submitNetwork",
        "Submit a network for approval",
        "A claim without a token, for staff to decide about. The `approval_id` is the id of the network's own record.",
    ),
    "/api/action/network-extra/update/": CallText(
        NETWORKS,
        "updateNetworkExtra",
        "Update the extra data",
        "Merged key by key; null or an empty text takes a key away. What the provider says cannot be overwritten.",
    ),
    "/api/action/network/appeal/": CallText(
        NETWORKS,
        "appealNetwork",
        "Appeal against a decision about a network",
        "Ask staff to look at a rejection or suspension once more, once for each decision. It stands until then.",
    ),
    "/api/network/disconnect/": CallText(
        NETWORKS,
        "disconnectNetwork",
        "Disconnect a network",
        "Ends the connection: its credential is deleted at once and revoked at the provider. The record stays in the "
        "list as `disconnected`.",
    ),
    **_resource("page", "followers"),
    **_resource("wall", "followers"),
    **_resource("channel", "subscribers"),
    "/api/get/events/": CallText(
        EVENTS,
        "listEvents",
        "What happened since",
        "Everything that happened to the caller's records, oldest first. Keep `next_cursor` and ask again with it: "
        "nothing is left out and nothing comes twice. Webhooks tell the platform the same.",
    ),
    "/api/account/notices/": CallText(
        ACCOUNT,
        "setNotices",
        "Which mails the caller gets",
        "Read with an empty body, changed with those that are to be on or off. Mails about a sign-in, about an "
        "account that somebody else has proven, and about an erasure cannot be switched off.",
    ),
    "/api/account/export/": CallText(
        ACCOUNT,
        "exportAccount",
        "Everything that is stored about the caller",
        "One JSON file, table by table. Tokens and passwords are not in it.",
    ),
    "/api/account/erase/code/": CallText(
        ACCOUNT,
        "mailErasureCode",
        "Mail a code for the erasure",
        "To a verified address, for those who have no password. Good for 15 minutes and three tries.",
    ),
    "/api/account/erase/": CallText(
        ACCOUNT,
        "eraseAccount",
        "Erase the account",
        "For good. It takes `confirm: erase` and one fresh proof: `password`, `mailed_code`, or `network` with the "
        "`code` of a new sign-in there. The account is closed at once; the rest goes in the background.",
    ),
    "/api/account/erase/status/": CallText(
        ACCOUNT,
        "getErasureStatus",
        "How far an erasure is",
        "By the receipt of the erasure. No sign-in is needed, as there is no account any more.",
    ),
    "/api/account/sign-in/move/": CallText(
        ACCOUNT,
        "moveSignIn",
        "Let a provider's account sign the caller in",
        "From now on it signs in the caller, and nobody else. It takes a fresh `code` of the provider and a fresh "
        "sign-in here.",
    ),
    **{
        f"/api/callbacks/{network}/{callback}/": CallText(PROVIDERS, f"{network}{name}", f"{label}: {summary}", about)
        for network, label in (("facebook", "Facebook"), ("instagram", "Instagram"))
        for callback, name, summary, about in (
            ("deauthorize", "Deauthorized", "access removed", "Meta tells us that a person removed the app. Signed."),
            ("data-deletion", "DataDeletion", "deletion asked for", DELETION),
        )
    },
    "/api/callbacks/tiktok/": CallText(
        PROVIDERS, "tiktokEvent", "TikTok: access removed", "TikTok tells us that a person removed the app. Signed."
    ),
    "/api/callbacks/google/": CallText(
        PROVIDERS,
        "googleSecurityEvent",
        "Google: security events",
        "Cross-Account Protection: one signed token (RFC 8935) about revoked sessions and tokens; answered 202.",
    ),
}  # fmt: skip
