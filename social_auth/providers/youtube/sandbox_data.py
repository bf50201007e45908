"""The YouTube Data API: only the requested parts, and at most `maxResults` items."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

from connect.network_table import Network
from social_auth.sandbox.accounts import Account, account_of_channel, account_of_handle
from social_auth.sandbox.fields import select
from social_auth.sandbox.posts import POSTS, posts_of
from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

YOUTUBE = Network.YOUTUBE
API = "https://www.googleapis.com/auth/"
SCOPES = ("openid", f"{API}userinfo.email", f"{API}youtube.readonly")
LITTLE = "openid"
READING = {f"{API}youtube.readonly", f"{API}youtube", f"{API}youtube.force-ssl"}
GONE = ("deleted", "suspended", "no_channel")
USUAL_RESULTS, MOST_RESULTS = 5, 50
PARTS = {
    "channels": {
        "auditDetails", "brandingSettings", "contentDetails", "contentOwnerDetails", "id", "localizations", "snippet",
        "statistics", "status", "topicDetails",
    },
    "playlistItems": {"contentDetails", "id", "snippet", "status"},
    "videos:batchGetStats": {"contentDetails", "id", "snippet", "statistics"},
    "videos": {
        "contentDetails", "fileDetails", "id", "liveStreamingDetails", "localizations", "player", "processingDetails",
        "recordingDetails", "snippet", "statistics", "status", "suggestions", "topicDetails",
    },
}  # fmt: skip


def error(status: int, reason: str, message: str, name: str, **more: str) -> Reply:
    entry = {"message": message, "domain": "global", "reason": reason} | more
    return Reply(status, {"error": {"code": status, "message": message, "errors": [entry], "status": name}})


NOT_GRANTED = error(403, "insufficientPermissions", "Request had insufficient scopes.", "PERMISSION_DENIED")
BAD_KEY = error(400, "keyInvalid", "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT")
NO_KEY = error(403, "forbidden", "The request is missing a valid API key.", "PERMISSION_DENIED")
BAD_TOKEN = error(401, "authError", "Invalid Credentials", "UNAUTHENTICATED")
NO_FILTER = error(400, "missingRequiredParameter", "No filter selected.", "INVALID_ARGUMENT", location="parameters.")
NO_PLAYLIST = error(404, "playlistNotFound", "The playlist cannot be found.", "NOT_FOUND")
REFUSED = {
    "deleted": error(403, "authenticatedUserAccountClosed", "The account is closed.", "FORBIDDEN"),
    "suspended": error(403, "authenticatedUserAccountSuspended", "The account is suspended.", "FORBIDDEN"),
}
Found = list[dict[str, Any]] | Reply


def answer(call: Call, resource: str) -> Reply:
    """The list of a resource, with an API key or a person's token."""
    find: dict[str, Callable[[Call, Token | None], Found]] = {
        "channels": channels,
        "playlistItems": playlist_items,
        "videos": videos,
        "videos:batchGetStats": video_stats,
    }
    token = call.bearer(YOUTUBE)
    if refusal := caller_refusal(call, token) or wrong_parameters(call, resource):
        return refusal
    result = find[resource](call, token)
    if isinstance(result, Reply):
        return result
    return batched(call, result) if resource == "videos:batchGetStats" else listed(call, resource, result)


def caller_refusal(call: Call, token: Token | None) -> Reply | None:
    """The refusal of a caller with neither a valid token for YouTube nor our key."""
    if call.headers.get("authorization"):
        if token is None or token.dead:
            return BAD_TOKEN
        return None if READING & set(token.scopes(SCOPES, LITTLE)) else NOT_GRANTED
    key = call.params.get("key") or call.headers.get("x-goog-api-key", "")
    if not key:
        return NO_KEY
    return None if key == settings.YOUTUBE_API_KEY else BAD_KEY


def wrong_parameters(call: Call, resource: str) -> Reply | None:
    parts, most = parts_of(call), call.params.get("maxResults", str(USUAL_RESULTS))
    at = {"locationType": "parameter", "location": "part"}
    if not parts:
        return error(400, "required", "'part'", "INVALID_ARGUMENT", **at)
    if unknown := [part for part in parts if part not in PARTS[resource]]:
        return error(400, "unknownPart", f"'{unknown[0]}'", "INVALID_ARGUMENT", domain="youtube.part", **at)
    if most.isdigit() and int(most) <= MOST_RESULTS:
        return None
    text = f"Invalid value '{most}'. Values must be within the range: [0, 50]"
    return error(400, "invalidParameter", text, "INVALID_ARGUMENT", locationType="parameter", location="maxResults")


def parts_of(call: Call) -> list[str]:
    return [part.strip() for part in call.params.get("part", "").split(",") if part.strip()]


def listed(call: Call, resource: str, items: list[dict[str, Any]]) -> Reply:
    """A page of the items. Videos are requested by their ids, and come all at once."""
    most = MOST_RESULTS if resource == "videos" else int(call.params.get("maxResults", USUAL_RESULTS))
    start = int(call.params.get("pageToken") or 0)
    page_items = [select(item, parts_of(call), always=("kind", "etag", "id")) for item in items[start : start + most]]
    page = {"totalResults": len(items), "resultsPerPage": most}
    kind = f"youtube#{resource.removesuffix('s')}ListResponse"
    more = {"nextPageToken": str(start + most)} if len(items) > start + most else {}
    return Reply(200, {"kind": kind, "etag": "sandbox", "pageInfo": page, "items": page_items} | more)


def channels(call: Call, token: Token | None) -> Found:
    if call.params.get("mine", "").lower() == "true":
        return own_channel(token)
    if handle := call.params.get("forHandle"):
        named = [account_of_handle(YOUTUBE, handle)]
    elif ids := call.params.get("id"):
        named = [account_of_channel(channel_id) for channel_id in ids.split(",")[:MOST_RESULTS]]
    else:
        return NO_FILTER
    return [channel(account) for account in named if account and account.state not in GONE]


def own_channel(token: Token | None) -> Found:
    if token is None:
        return BAD_TOKEN
    if refusal := REFUSED.get(token.condition):
        return refusal
    return [] if token.condition == "no_channel" else [channel(token.holder)]


def playlist_items(call: Call, token: Token | None) -> Found:
    """The uploads of a channel; the playlist's id is the channel's with UU instead of UC."""
    account = account_of_channel(f"UC{call.params.get('playlistId', '')[2:]}")
    if account and account.name.startswith("new"):  # accounts whose name begins with new have no uploads
        return NO_PLAYLIST
    ids = [f"{account.channel_id}.{post.number}" for post in posts_of(account)] if account else []
    return [
        {"kind": "youtube#playlistItem", "id": f"UU{video_id}", "contentDetails": {"videoId": video_id}}
        for video_id in ids
    ]


def videos(call: Call, token: Token | None) -> Found:
    return [video for name in call.params.get("id", "").split(",")[:MOST_RESULTS] if (video := video_or_none(name))]


def video_stats(call: Call, token: Token | None) -> Found:
    """The counts alone; the batch calls `publishTime` what the list calls `publishedAt`."""
    return [
        {**video, "kind": "youtube#videoStats", "snippet": {"publishTime": video["snippet"]["publishedAt"]}}
        for video in _without_refusal(videos(call, token))
    ]


def batched(call: Call, videos: list[dict[str, Any]]) -> Reply:
    """A batch has no pages, and names the ids that it did not find."""
    ids = list(filter(None, call.params.get("id", "").split(",")))
    missing = sorted(set(ids) - {video["id"] for video in videos})
    summary = {"requestedVideoCount": len(ids), "succeededVideoCount": len(videos), "failedVideoCount": len(missing)}
    items = [select(video, parts_of(call), always=("kind", "etag", "id")) for video in videos]
    body = {"kind": "youtube#batchGetStatsResponse", "etag": "sandbox", "items": items}
    return Reply(200, body | {"summary": summary | ({"failedVideoIds": missing} if missing else {})})


def _without_refusal(result: Found) -> list[dict[str, Any]]:
    return [] if isinstance(result, Reply) else result


def video_or_none(name: str) -> dict[str, Any] | None:
    channel_id, _, number = name.partition(".")
    account = account_of_channel(channel_id)
    if account is None or not number.isdigit() or int(number) >= POSTS:
        return None
    post = posts_of(account)[int(number)]
    published = post.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    statistics = {"likeCount": str(post.likes), "commentCount": str(post.comments), "viewCount": str(post.likes * 30)}
    return {"kind": "youtube#video", "id": name, "snippet": {"publishedAt": published}, "statistics": statistics}


def channel(account: Account) -> dict[str, Any]:
    digits = max(len(str(account.followers)) - 3, 0)
    thumbnail = {"url": f"https://yt3.test/{account.name}.jpg", "width": 800, "height": 800}
    return {
        "kind": "youtube#channel",
        "etag": "sandbox",
        "id": account.channel_id,
        "snippet": {
            "title": account.display_name,
            "description": f"{account.display_name}, from the sandbox",
            "customUrl": f"@{account.handle}",
            "publishedAt": "2019-03-14T09:26:53Z",
            "thumbnails": {"default": thumbnail, "medium": thumbnail, "high": thumbnail},
        },
        "statistics": {
            "viewCount": str(account.followers * 40),
            "subscriberCount": str(account.followers // 10**digits * 10**digits),
            "hiddenSubscriberCount": account.state == "hidden",
            "videoCount": "48",
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": f"UU{account.channel_id[2:]}"}},
        "brandingSettings": {"channel": {"title": account.display_name}},
        "status": {"privacyStatus": "public", "isLinked": True, "longUploadsStatus": "allowed"},
    }
