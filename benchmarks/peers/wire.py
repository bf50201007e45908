"""The seven providers' calls, as somebody writes them who has no doubts: every answer is the expected one."""

import json
import os
from urllib.parse import urlencode

import requests

PROVIDERS = os.environ["CONNECT_PROVIDER_PROXY"]
APP_TOKEN = "facebook-client-id|facebook-client-secret"
TOGETHER = 10
"""How many accounts that are read one by one are written at once."""
SIZES = {"twitter": 100, "youtube": 50, "facebook": 50}
"""How many accounts one call reads."""
session = requests.Session()
counted = []
"""One entry a call."""


def get(url, **arguments):
    counted.append(1)
    return session.request(arguments.pop("method", "GET"), f"{PROVIDERS}/{url}", **arguments).json()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def twitter(rows):
    ids = ",".join(row["uid"] for row in rows)
    fields = "id,name,username,profile_image_url,public_metrics,verified,verified_type,description"
    data = get("api.x.com/2/users", params={"ids": ids, "user.fields": fields}, headers=bearer("twitter-bearer-token"))
    found = {one["id"]: one for one in data["data"]}
    return [(found[row["uid"]]["public_metrics"]["followers_count"], found[row["uid"]]["name"]) for row in rows]


def youtube(rows):
    params = {
        "part": "id,snippet,statistics,status,contentDetails",
        "id": ",".join(row["uid"] for row in rows),
        "key": "youtube-api-key",
    }
    found = {one["id"]: one for one in get("youtube.googleapis.com/youtube/v3/channels", params=params)["items"]}
    return [
        (int(found[row["uid"]]["statistics"]["subscriberCount"]), found[row["uid"]]["snippet"]["title"]) for row in rows
    ]


def facebook(rows):
    relative = [f"v26.0/me?{urlencode({'fields': 'id,name', 'access_token': row['token']})}" for row in rows]
    batch = json.dumps([{"method": "GET", "relative_url": url} for url in relative])
    items = get(
        "graph.facebook.com/",
        method="POST",
        data={"access_token": "facebook-client-id|facebook-client-secret", "batch": batch},
    )
    return [(None, json.loads(item["body"]).get("name", "")) for item in items]


def instagram(rows):
    fields = "id,user_id,username,name,account_type,profile_picture_url,followers_count,biography"
    params = {"fields": fields, "access_token": rows[0]["token"]}
    me = get("graph.instagram.com/v26.0/me", params=params)
    return [(me["followers_count"], me["name"])]


def tiktok(rows):
    fields = {"fields": "open_id,union_id,avatar_url,display_name,bio_description,username,follower_count"}
    body = get("open.tiktokapis.com/v2/user/info/", params=fields, headers=bearer(rows[0]["token"]))
    return [(body["data"]["user"]["follower_count"], body["data"]["user"]["display_name"])]


def linkedin(rows):
    return [(None, get("api.linkedin.com/v2/userinfo", headers=bearer(rows[0]["token"]))["name"])]


def pinterest(rows):
    me = get("api.pinterest.com/v5/user_account", headers=bearer(rows[0]["token"]))
    return [(me["follower_count"], me["username"])]


READ = {reader.__name__: reader for reader in (twitter, youtube, facebook, instagram, tiktok, linkedin, pinterest)}
