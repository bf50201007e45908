"""google-api-python-client reads YouTube, from the discovery document that it ships."""

from datetime import datetime, timedelta
from typing import Any

from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from httplib2 import Http

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import REFUSALS

DAY = timedelta(days=1)
PARTS = "id,snippet,statistics,status"


def own_channels(given: Given) -> list[dict[str, Any]]:
    service = build("youtube", "v3", credentials=Credentials(given["access_token"]))
    return service.channels().list(part=PARTS, mine=True, maxResults=50).execute()["items"]


def read_channel(channel: dict[str, Any]) -> Values:
    snippet, statistics = channel["snippet"], channel["statistics"]
    return {
        "uid": channel["id"],
        "name": snippet["title"],
        "handle": snippet["customUrl"],
        "followers": int(statistics["subscriberCount"]),
        "views_count": int(statistics["viewCount"]),
        "videos_count": int(statistics["videoCount"]),
        "account_created": snippet["publishedAt"][:10],
        "bio": snippet["description"],
        "avatar_url": snippet["thumbnails"]["high"]["url"],
    }


def profile(given: Given) -> Values:
    return read_channel(own_channels(given)[0])


def batch(given: Given) -> Values:
    service = build("youtube", "v3", developerKey=given["api_key"])
    answer = service.channels().list(part=PARTS, id=",".join(given["ids"]), maxResults=50).execute()
    found = {item["id"]: int(item["statistics"]["subscriberCount"]) for item in answer.get("items", [])}
    return {"found": found, "missing": sorted(set(given["ids"]) - set(found))}


def prove(given: Given) -> Values:
    told = build("oauth2", "v2", http=Http()).tokeninfo(access_token=given["access_token"]).execute()
    return {"uid": told["user_id"], "client_id": told["audience"], "scopes": sorted(told["scope"].split())}


def posts(given: Given) -> Values:
    """The uploads of the channel, with what people did with each."""
    service = build("youtube", "v3", developerKey=given["api_key"])
    channel = service.channels().list(part="contentDetails", id=given["channel"]).execute()["items"][0]
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    listed = service.playlistItems().list(part="contentDetails", playlistId=uploads, maxResults=25).execute()["items"]
    ids = ",".join(item["contentDetails"]["videoId"] for item in listed)
    videos = service.videos().batchGetStats(part="snippet,statistics", id=ids).execute()["items"]
    newest = published(videos[0])
    return {"posts": [[round((newest - published(video)) / DAY), *read_counts(video)] for video in videos]}


def published(video: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(video["snippet"]["publishTime"])


def read_counts(video: dict[str, Any]) -> list[int]:
    return [int(video["statistics"][name]) for name in ("likeCount", "commentCount")]


def refused(given: Given) -> Values:
    try:
        return profile(given)
    except HttpError as error:
        details = error.error_details  # of a gateway's page it is a text
        kind = {"kind": details[0]["reason"]} if isinstance(details, list) else {}
        return {"status": error.status_code, "raised": "HttpError"} | kind
    except RefreshError:
        return {"raised": "RefreshError, which hides the 401"}


serve(
    ["google-api-python-client"],
    {
        "prove": prove,
        "profile": profile,
        "batch": batch,
        "posts": posts,
        **dict.fromkeys(REFUSALS, refused),
    },
)
