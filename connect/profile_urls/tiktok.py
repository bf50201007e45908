from connect.profile_urls.rules import NetworkUrls, reserved

TIKTOK = NetworkUrls(
    home="tiktok.com",
    hosts=r"((www|m)\.)?tiktok\.com",
    example="https://tiktok.com/@rosa.w_1",
    short=r"(vm|vt|t)\.tiktok\.com",
    shapes=(
        ("/@{handle}", "/@{handle}"),
        ("/@{handle}/{tab}", "/@{handle}"),
        ("/@{handle}/{list}/{title}", "/@{handle}"),
        ("/{locale}/@{handle}", "/@{handle}"),
        ("/{locale}/@{handle}/{tab}", "/@{handle}"),
        ("/embed/@{handle}", "/@{handle}"),
        ("/{name}", "/@{name}"),
    ),
    words={
        "handle": r"[a-z0-9_.]{0,60}[a-z0-9_]",
        "name": r"(?![a-z]{2}$|.*\.(?:txt|xml|html?|js|ico|php)$)[a-z0-9_.]{0,60}[a-z0-9_]",  # /en is a front page
        "locale": r"[a-z]{2,3}(?:-[a-z]{2,4}){0,2}",
        "tab": r"(?!(?:video|photo|story)$)[a-z_-]+",  # those are what somebody posted
        "list": r"playlist|collection",
    },
    ids=((r"@?(?P<id>.+)", ("@{id}",)),),
    reserved=reserved(
        """about aboutus accounts activity ads affiliate amp api app apps auth business careers category channel
        channels coin coins collection community contact creator creators download effect effects embed explore
        falcon feedback followers following forbusiness foryou friends fyp game games gift gifts h5 hashtag hc help
        home hot i18n inapp inbox jobs kids legal link live login logout lynx magic mall messages music newsroom node
        notifications oauth passport photo place places player playlist poi popular press privacy profile question
        recharge redirect register rewards safety search seller setting settings share shop signin signup sound
        sticker stickers store story studio support t tag terms tiktokstudio topic topics transparency trending ugc
        upload user users v video videos view wallet web"""
    ),
)
