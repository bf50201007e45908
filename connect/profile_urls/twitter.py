from connect.profile_urls.rules import NetworkUrls, reserved

TWITTER = NetworkUrls(
    home="x.com",
    hosts=r"((www|mobile|m)\.)?(x|twitter)\.com",
    example="https://x.com/ida_lund",
    short=r"(www\.)?t\.co|pic\.(x|twitter)\.com",
    shapes=(
        ("/i/user/{id}", "/i/user/{id}"),
        ("/intent/{act}?user_id={id}", "/i/user/{id}"),
        ("/intent/{act}?screen_name={name}", "/{name}"),
        ("/intent/{act}?screen_name=@{name}", "/{name}"),
        ("/account/redirect_by_id?id={id}", "/i/user/{id}"),
        ("/{name}", "/{name}"),
        ("/@{name}", "/{name}"),
        ("/{name}/{tab}", "/{name}"),
        ("/@{name}/{tab}", "/{name}"),
        ("/{name}/creator-subscriptions/{list}", "/{name}"),
    ),
    words={
        "name": r"[a-z0-9_]{1,20}",
        "id": r"[1-9][0-9]{0,18}",
        "act": r"user|follow|profile",
        "tab": r"(?!(?:status|statuses|article|privacy|tos)$)[a-z_]+",  # posts, and /en/tos is the network's own
    },
    numbered="i/user/{id}",
    ids=(
        (r"(?P<id>[1-9][0-9]{0,18})", ("{id}", "i/user/{id}")),
        (r"@?(?P<id>.+)", ("{id}",)),
    ),
    reserved=reserved(
        """about account accounts activity api apps auth bookmarks careers communities compose connect connect_people
        contacts contribute dev developers directory discover download error events explore favorites find_friends
        follow follower_requests followers following goodies hashtag hashtags help home i im import inbox intent
        invitations invite jobs languages legal lists logged_out login logout mentions messages moments monetization
        newsletters notifications oauth personalization policies premium_sign_up privacy public_timeline replies
        rules search session sessions settings share signin signup similar_to spaces status statuses terms timeline
        topics tos translate trends tweet tweetbutton tweets user users who_to_follow widgets"""
    ),
)
