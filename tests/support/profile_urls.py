"""Profile URLs as people copy them, by network and the account that they name, and those that name nobody."""

ACCOUNTS = {
    "instagram": {
        "olga.fern": """
            https://instagram.com/olga.fern instagram.com/olga.fern //www.instagram.com/olga.fern
            http://instagr.am/olga.fern https://m.instagram.com/olga.fern/
            https://www.instagram.com/Olga.Fern/?hl=de HTTPS://WWW.INSTAGRAM.COM/OLGA.FERN
            https://www.instagram.com/olga.fern/?igsh=MXg4&utm_source=qr
            https://www.instagram.com/olga.fern/?__pwa=1# https://www.instagram.com/@olga.fern
            https://www.instagram.com/%40olga.fern https://instagram.com/_u/olga.fern/
            https://www.instagram.com/＠olga.fern
            https://www.instagram.com/olga.fern/reels/ https://www.instagram.com/olga.fern/tagged
            https://www.instagram.com//olga.fern https://www.instagram.com/olga.fern/channel/
            https://www.instagram.com/olga.fern/profilecard/?igsh=MXg4
            https://www.instagram.com/olga.fern/guides/ https://www.instagram.com/olga.fern/followers/mutualOnly
            instagram.com/olga.fern?u=https://x.example""",
    },
    "facebook": {
        "tilda.moor": """
            https://facebook.com/tilda.moor https://www.facebook.com/Tilda.Moor
            https://www.facebook.com/tildamoor fb.com/tildamoor https://m.facebook.com/tilda.moor/?ref=bookmarks
            https://web.facebook.com/tilda.moor?_rdc=1&_rdr https://mbasic.facebook.com/tilda.moor?eav=x
            https://touch.facebook.com/tilda.moor https://zh-cn.facebook.com/tilda.moor
            https://es-la.facebook.com/tilda.moor/ https://business.facebook.com/tilda.moor
            https://www.facebook.com/pg/tilda.moor/about/
            https://www.facebook.com/tilda.moor/photos https://www.facebook.com/tilda.moor/reels/
            https://www.facebook.com/tilda.moor/about_contact_and_basic_info
            https://www.facebook.com/tilda.moor/?sk=about https://www.facebook.com/#!/tilda.moor
            facebook.com/t.i.l.d.a.moor https://www.facebook.com/pages/category/Blogger/tilda.moor/
            https://www.facebook.com/tilda.moor/about/details https://www.facebook.com/@tilda.moor/videos
            https://www.facebook.com/＠tilda.moor""",
        "100009876543210": """
            https://www.facebook.com/100009876543210 https://www.facebook.com/profile.php?id=100009876543210
            https://m.facebook.com/profile.php?id=100009876543210&eav=AfY&_rdr
            https://facebook.com/profile.php?sk=about&id=100009876543210
            https://www.facebook.com/profile.php/?id=100009876543210
            https://www.facebook.com/profile.php?id=100009876543210#
            https://www.facebook.com/people/Tilda-Moor/100009876543210/
            https://facebook.com/people/%E5%BC%A0-%E4%B8%89/100009876543210
            https://www.facebook.com/people/Tilda-Moor/pfbid02AbcDeF/100009876543210/
            https://facebook.com/people/_/100009876543210
            https://www.facebook.com/pages/Tilda-Moor/100009876543210?fref=ts
            https://facebook.com/pages/%D8%A7%D9%84/100009876543210
            https://www.facebook.com/pages/category/Blogger/Tilda-Moor-100009876543210/
            https://www.facebook.com/p/Tilda-Moor-100009876543210/
            https://www.facebook.com/p/Tilda-Moor-100009876543210/photos/
            https://www.facebook.com/Tilda-Moor-100009876543210/about/?ref=page
            https://www.facebook.com/groups/12/user/100009876543210/""",
    },
    "twitter": {
        "ida_lund": """
            https://x.com/ida_lund https://twitter.com/Ida_Lund https://mobile.x.com/ida_lund
            https://m.twitter.com/ida_lund https://www.twitter.com/ida_lund/ https://twitter.com/@ida_lund
            https://x.com/%40ida_lund https://x.com/@ida_lund/media https://x.com/ida_lund/with_replies
            https://x.com/ida_lund/media https://x.com/ida_lund/highlights
            https://x.com/ida_lund/verified_followers https://x.com/ida_lund?ref_src=twsrc%5Etfw
            https://twitter.com/#!/ida_lund https://twitter.com/intent/user?screen_name=ida_lund
            https://x.com/intent/follow?tw_p=button&screen_name=Ida_Lund""",
        "i/user/3344556677": """
            https://x.com/i/user/3344556677 https://x.com/i/user/3344556677?s=20
            https://twitter.com/intent/user?user_id=3344556677
            https://x.com/intent/follow?user_id=3344556677&x=y
            https://twitter.com/account/redirect_by_id?id=3344556677""",
        "3344556677": "https://x.com/3344556677",  # a name of digits is no id
    },
    "youtube": {
        "channel/UCk3pW_7hT9-aBcDeFgHiJkL": """
            https://www.youtube.com/channel/UCk3pW_7hT9-aBcDeFgHiJkL
            youtube.com/channel/UCk3pW_7hT9-aBcDeFgHiJkL?si=AbC
            https://m.youtube.com/channel/UCk3pW_7hT9-aBcDeFgHiJkL/
            https://www.youtube.com/channel/UCk3pW_7hT9-aBcDeFgHiJkL/videos
            https://music.youtube.com/channel/UCk3pW_7hT9-aBcDeFgHiJkL
            https://music.youtube.com/browse/UCk3pW_7hT9-aBcDeFgHiJkL
            https://www.youtube.com/UCk3pW_7hT9-aBcDeFgHiJkL https://www.youtube.com/c/UCk3pW_7hT9-aBcDeFgHiJkL/videos
            https://www.youtube.com/user/UCk3pW_7hT9-aBcDeFgHiJkL https://www.youtube.com/UCk3pW_7hT9-aBcDeFgHiJkL/videos
            https://www.youtube.com/feeds/videos.xml?channel_id=UCk3pW_7hT9-aBcDeFgHiJkL
            https://www.youtube.com/embed/live_stream?channel=UCk3pW_7hT9-aBcDeFgHiJkL
            https://studio.youtube.com/channel/UCk3pW_7hT9-aBcDeFgHiJkL/analytics/tab-overview""",
        "channel/UCk3pW_7hT9-aBcDeFgHiJkl": "https://www.youtube.com/channel/UCk3pW_7hT9-aBcDeFgHiJkl",
        "@9knots": """
            https://www.youtube.com/@9knots https://www.youtube.com/@9Knots/featured
            https://www.youtube.com/@9KNOTS/videos https://www.youtube.com/@9knots/streams
            https://www.youtube.com/@9knots/about https://www.youtube.com/@9knots/shorts
            https://m.youtube.com/@9knots?app=desktop https://www.youtube.com/%409knots
            https://www.youtube.com/c/@9knots https://www.youtube.com/@9knots/community?lb=x
            https://music.youtube.com/@9knots https://www.youtube.com/＠9knots
            youtube.com/@9knots?sub_confirmation=1""",
        "@майя": """
            https://www.youtube.com/@майя https://www.youtube.com/@МАЙЯ/videos
            https://www.youtube.com/@%D0%BC%D0%B0%D0%B9%D1%8F https://www.youtube.com/@%d0%bc%d0%b0%d0%b9%d1%8f""",
        "c/9knots": """
            https://www.youtube.com/c/9knots https://youtube.com/c/9Knots?cbrd=1&ucbcb=1
            https://www.youtube.com/c/9knots/featured https://www.youtube.com/9knots
            https://www.youtube.com/9Knots/videos https://www.youtube.com/9knots/live
            https://www.youtube.com/9knots/join""",
        "user/oldname": """
            http://www.youtube.com/user/oldname https://www.youtube.com/user/OldName/videos
            https://www.youtube.com/subscription_center?add_user=oldname""",
        "user/othername": "https://www.youtube.com/subscription_center?x=y&add_user=othername",
    },
    "tiktok": {
        "@rosa.w_1": """
            https://www.tiktok.com/@rosa.w_1 https://www.tiktok.com/@rosa.w_1?_r=1&_t=ZS-1
            https://tiktok.com/rosa.w_1 tiktok.com/@rosa.w_1 https://m.tiktok.com/@rosa.w_1/
            https://www.tiktok.com/@Rosa.W_1 https://www.tiktok.com/@rosa.w_1/live
            https://www.tiktok.com/en/@rosa.w_1 https://www.tiktok.com/pt-BR/@rosa.w_1
            https://www.tiktok.com/%40rosa.w_1 https://www.tiktok.com/@rosa.w_1/playlist/x-123
            https://www.tiktok.com/embed/@rosa.w_1 https://www.tiktok.com/zh-Hant-TW/@rosa.w_1
            https://www.tiktok.com/＠rosa.w_1""",
        "@about": "https://www.tiktok.com/@about",  # with the @ it is somebody
    },
    "linkedin": {
        "in/lena-grün-7a1": """
            https://www.linkedin.com/in/lena-gr%C3%BCn-7a1 https://de.linkedin.com/in/lena-grün-7a1/
            linkedin.com/in/Lena-GRÜN-7a1 https://www.linkedin.com/in/lena-gr%c3%bcn-7a1
            https://www.linkedin.com/in/lena-gru\u0308n-7a1""",
        "in/ravi-t": """
            https://www.linkedin.com/in/ravi-t/ https://ca.linkedin.com/in/ravi-t
            https://m.linkedin.com/in/ravi-t
            https://www.linkedin.com/in/ravi-t?utm_source=share_via&utm_medium=member_android
            https://www.linkedin.com/in/ravi-t/de/ https://www.linkedin.com/in/ravi-t/?locale=de_DE
            https://www.linkedin.com/in/ravi-t/recent-activity/all/
            https://www.linkedin.com/in/ravi-t/details/experience/
            https://www.linkedin.com/in/ravi-t/overlay/contact-info/ https://www.linkedin.com/comm/in/ravi-t
            https://www.linkedin.com/mwlite/in/ravi-t https://www.linkedin.com/in/RAVI-T
            https://www.linkedin.com/m/in/ravi-t/""",
        "in/ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ": """
            https://www.linkedin.com/in/ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ
            https://www.linkedin.com/profile/view?id=ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ""",
        "in/ACoAABcDeFgHiJkLmNoPqRsTuVwXyz": "https://www.linkedin.com/in/ACoAABcDeFgHiJkLmNoPqRsTuVwXyz",
        "company/mill.io4": """
            https://linkedin.com/company/mill.io4 https://www.linkedin.com/company/Mill.io4/about/
            https://www.linkedin.com/company/mill.io4/posts/?feedView=all
            https://www.linkedin.com/company/mill.io4/life/ https://www.linkedin.com/school/mill.io4
            https://www.linkedin.com/showcase/Mill.io4/about
            https://www.linkedin.com/organization-guest/company/mill.io4""",
        "company/7654321": """
            https://www.linkedin.com/company/7654321/admin/dashboard/
            https://www.linkedin.com/company/7654321/admin/feed/posts/
            https://www.linkedin.com/company-beta/7654321/ https://www.linkedin.com/organization/7654321""",
        "company/&-sons": "https://dk.linkedin.com/company/&-sons https://www.linkedin.com/company/%26-sons/",
        "company/o'hara": "https://www.linkedin.com/company/o%27hara/ https://www.linkedin.com/company/O'Hara",
        "company/ū-club": "https://www.linkedin.com/company/%C5%AB-club/ https://www.linkedin.com/company/%c5%ab-club/",
        "school/école": "https://fr.linkedin.com/school/école https://www.linkedin.com/school/%C3%A9cole/people/",
        "in/mill.io4": "https://www.linkedin.com/in/mill.io4",
        "in/dir": "https://www.linkedin.com/in/dir",
        "showcase/mill": "https://www.linkedin.com/showcase/mill/about",
        "pub/ravi-t/1/2a/3b4": "https://www.linkedin.com/pub/ravi-t/1/2a/3b4 https://in.linkedin.com/pub/Ravi-T/1/2a/3b4",
    },
    "pinterest": {
        "moorandmill": """
            https://www.pinterest.com/moorandmill/ https://www.pinterest.co.uk/moorandmill/
            pinterest.com/moorandmill?utm_source=x https://uk.pinterest.com/moorandmill/
            https://www.pinterest.com.au/moorandmill/ https://www.pinterest.at/moorandmill
            https://www.pinterest.com/moorandmill/_created/ https://www.pinterest.com/moorandmill/_saved/
            https://www.pinterest.com/moorandmill/pins/ https://www.pinterest.com/moorandmill/boards/
            https://br.pinterest.com/moorandmill/
            https://www.pinterest.com/MoorAndMill/?invite_code=abc&sender=123
            https://www.pinterest.com/@moorandmill https://www.pinterest.com/moorandmill/followers/
            https://www.pinterest.com/moorandmill/feed.rss https://www.pinterest.com/＠moorandmill""",
        "moorandmill/red-and-grey": """
            https://www.pinterest.co.uk/moorandmill/red-and-grey/
            https://www.pinterest.com/MoorAndMill/Red-And-Grey
            https://www.pinterest.com/moorandmill/red-and-grey/more_ideas/
            https://www.pinterest.com/moorandmill/red-and-grey.rss""",
        "moorandmill/été-2025": """
            https://www.pinterest.com/moorandmill/%C3%A9t%C3%A9-2025/
            https://www.pinterest.com/moorandmill/été-2025/ https://www.pinterest.com/moorandmill/ÉTÉ-2025/""",
    },
}

NOBODY = {
    "instagram": """
        olga.fern/p/CxYz123 olga.fern/reel/CxYz p/CxYz reel/CxYz tv/CxYz stories/olga.fern/312 direct/inbox/
        accounts/login/ web/lite/ s/aGlnaGx?story_media_id=1_2 legal/privacy/ emails/settings explore/tags/x
        about developer create/story olga.fern. olga..fern channel/AbYhxyz j/AbbVwXyz i/x u/olga.fern n/x
        consent robots.txt sitemap.xml favicon.ico Robots.TXT robots.txt/reels""",
    "facebook": """
        share/1YxwPSZJfw/ share/r/13uUqev/ groups/knitters/ permalink.php?story_fbid=1&id=54
        story.php?story_fbid=1&id=100 photo/?fbid=12 photo.php?fbid=1&id=2 reel/123 hashtag/x livemap
        login/?next=x live/12 settings friends policies privacy terms business ads home permalink events/12
        watch/?v=1 marketplace/item/1 stories/12/ help/12 messages/t/12 dialog/share plugins/like.php
        tilda.moor/posts/pfbid02 tilda.moor/videos/12 tilda.moor/photos/a.1/2 profile.php profile.php?id=pfbid02
        people/Tilda-Moor/ people/Tilda-Moor/pfbid02abc/ pages/create l.php?u=x media/set/?set=a.1 careers
        p/Tilda p/Tilda/about p/Tilda-Moor P/Tilda profile.php/about?id=100009876543210 n/tilda composer
        robots.txt login.php/x""",
    "twitter": """
        ida_lund/status/1259924082067374088 ida_lund/status/12/photo/1 ida_lund/lists/mine explore home compose
        compose/tweet download signup logout about lists oauth jobs i/communities/149 i/flow/login i/user/abc
        i/bookmarks intent/tweet?text=x intent/user share?url=x hashtag/x search?q=x settings/account tos
        privacy messages user*@symbols$ user-–dash— ida-lund en/privacy en/tos de/tos""",
    "youtube": """
        watch?v=dQw shorts/U5B c channel/ user/ profile_redirector/102 playlist?list=PL v/j1i hashtag/x
        feed/subscriptions about subscription_center subscription_center?add_user= t/terms trending creators
        live/abc embed/abc results?search_query=x post/UgkX clip/UgkX premium redirect?q=x @
        channel/uck3pw_7ht9-abcdefghijkl channel/HCabc source/x/shorts robots.txt movie?v=x
        feeds/videos.xml get_video_info""",
    "tiktok": """
        @rosa.w_1/video/680 @rosa.w_1/photo/680 v/680.html tag/x foryou about creators messages friends download
        embed share coin en pt-BR discover/x music/x-1 live explore upload search?q=x t/ZT8/ legal/privacy login
        @ business @rosa. forbusiness robots.txt""",
    "linkedin": """
        feed/update/urn:li:activity:666/ pulse/title-ravi-t in/ in/me/ newsletters/x-123/ events/123/ mynetwork
        messaging checkpoint legal services products talent sales games jobs/view/1 learning/x groups/1
        posts/ravi-t_x-activity-1 company/ company/setup/new uas/login pub/dir/ravi/t pub/dir pub/dir/
        pub/Dir/1/2/3 school search/results/people/ ravi-t edu/school?id=12 in/@ravi-t""",
    "pinterest": """
        search/pins/?q=x explore/ about categories/ convert-business/ resource/UserResource/get/ homefeed
        _tools/ password/reset shopping pin/123/ ideas/x/1/ today/ settings/ business/hub/ pin-builder/
        moorandmill/red-and-grey/a-section/ _saved/ moorandmill. hashtag/x collages conversations
        robots.txt sitemap.xml favicon.ico robots.txt/_saved""",
}

ELSEWHERE = {
    "instagram": "https://ig.me/m/olga.fern https://l.instagram.com/?u=x https://help.instagram.com/1 https://lnstagram.com/olga.fern",
    "facebook": (
        "https://fb.watch/abc/ https://fb.me/1AbCdEf2G https://www.fb.me/tilda.moor"
        " https://m.me/tilda.moor https://l.facebook.com/l.php?u=http%3A%2F%2Fx.example"
        " https://lm.facebook.com/tilda.moor"
    ),
    "twitter": "https://t.co/AbC https://pic.twitter.com/abc https://x.com.example/ida_lund",
    "youtube": "https://youtu.be/dQw https://tv.youtube.com/x https://youtube-nocookie.com/@9knots",
    "tiktok": "https://vm.tiktok.com/ZSt/ https://vt.tiktok.com/ZMN https://ads.tiktok.com/rosa",
    "linkedin": "https://lnkd.in/abc https://business.linkedin.com/in/ravi-t",
    "pinterest": "https://pin.it/4Ab https://help.pinterest.com/en https://pinterest.example/moorandmill",
}

SHORT = {
    "instagram": "https://ig.me/m/olga.fern",
    "facebook": "https://fb.watch/abc/",
    "twitter": "https://t.co/AbC",
    "youtube": "https://youtu.be/dQw",
    "tiktok": "https://vm.tiktok.com/ZSt/",
    "linkedin": "lnkd.in/abc",
    "pinterest": "https://pin.it/4Ab",
}

SPELT = [
    (network, account, url) for network, told in ACCOUNTS.items() for account in told for url in told[account].split()
]
HOSTS = {**{network: f"www.{network}.com" for network in NOBODY}, "twitter": "x.com"}
NAMELESS = [(network, f"https://{HOSTS[network]}/{path}") for network, told in NOBODY.items() for path in told.split()]
NAMELESS += [(network, url) for network, told in ELSEWHERE.items() for url in told.split()]
