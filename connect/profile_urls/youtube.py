from connect.profile_urls.rules import LETTERS, NetworkUrls, reserved

YOUTUBE = NetworkUrls(
    home="youtube.com",
    hosts=r"((www|m|music|studio|gaming)\.)?youtube\.com",
    example="https://youtube.com/@9knots",
    short=r"(www\.)?youtu\.be",
    shapes=(
        ("/channel/{channel}/...", "/channel/{channel}"),
        ("/browse/{channel}", "/channel/{channel}"),
        ("/{before}/{channel}/...", "/channel/{channel}"),
        ("/{channel}/...", "/channel/{channel}"),
        ("/feeds/videos.xml?channel_id={channel}", "/channel/{channel}"),
        ("/embed/live_stream?channel={channel}", "/channel/{channel}"),
        ("/@{handle}/...", "/@{handle}"),
        ("/c/@{handle}/...", "/@{handle}"),
        ("/c/{custom}/...", "/c/{custom}"),
        ("/user/{custom}/...", "/user/{custom}"),
        ("/subscription_center?add_user={custom}", "/user/{custom}"),
        ("/profile?user={custom}", "/user/{custom}"),
        ("/{name}", "/{name}"),
        ("/{name}/{tab}", "/{name}"),
    ),
    words={
        "channel": r"(?-i:UC[A-Za-z0-9_-]{22})",
        "before": r"c|user",  # old names could not be that long: it is a channel's id
        "handle": rf"{LETTERS}{{1,120}}",
        "custom": rf"{LETTERS}{{1,120}}",
        "name": rf"(?!.*\.(?:txt|xml|html?|js|ico|php)$){LETTERS}{{1,120}}",
        "tab": (
            r"about|channels|community|courses|discussion|featured|feed|join|live|membership|playlists|podcasts|posts"
            r"|releases|search|shorts|store|streams|videos"
        ),
    },
    reserved=reserved(
        """about account account_advanced account_billing account_notifications account_playback account_privacy
        account_sharing activate ads advertise analytics api attribution_link audiolibrary browse c categories
        channel channel_switcher channels charts clip comment_service community contact copyright create
        create_channel creatorresearch creators dashboard dev direct download e embed error explore faq fashion
        featured feed feeds gaming get_video get_video_info guide handle hashtag help history howyoutubeworks
        iframe_api inbox intl jobs kids learning library live live_chat live_dashboard live_streaming_app login
        logout messages movie movies moviesandshows music my_subscriptions my_videos new news oembed oops original
        originals paid_memberships pair partners playables player_api playlist playlists podcasts policies post
        premium press privacy profile profile_redirector purchases red redeem redirect registration reporthistory
        results rss s safety search select_site settings shared shorts show shows signin signout signup sitemaps
        source sports studio subscribe subscription_center subscription_manager subscriptions support
        supported_browsers t tasks terms testtube trending trends tv unlimited upload user v verify video_manager
        video_masthead videos view_all_playlists view_play_list watch watch_popup watch_queue watch_videos xl yt
        ytmusic yts"""
    ),
    keeps_case=True,
    exact=r"channel/.+",
    bare="c/",
    ids=(
        (r"(?P<id>UC[A-Za-z0-9_-]{22})", ("channel/{id}",)),
        (r"(?P<id>@.+)", ("{id}",)),
        (r"(?P<id>.+)", ("c/{id}", "user/{id}", "@{id}")),
    ),
)
