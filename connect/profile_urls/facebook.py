from connect.profile_urls.rules import NetworkUrls, reserved

FACEBOOK = NetworkUrls(
    home="facebook.com",
    hosts=(
        r"((www|m|web|mbasic|touch|mobile|business|free|iphone|(?!lm)[a-z]{2}|[a-z]{2,3}-[a-z]{2})\.)?facebook\.com"
        r"|((www|m)\.)?fb\.com"
    ),
    example="https://facebook.com/tilda.moor",
    short=r"fb\.(watch|gg)|((www|on)\.)?fb\.me|lm?\.facebook\.com",
    shapes=(
        ("/profile.php?id={id}", "/{id}"),
        ("/profile/{id}/...", "/{id}"),
        ("/groups/{group}/user/{id}/...", "/{id}"),
        ("/marketplace/profile/{id}", "/{id}"),
        ("/people/{title}/{id}", "/{id}"),
        ("/people/{title}/{id}/{tab}", "/{id}"),
        ("/people/{title}/{opaque}/{id}", "/{id}"),
        ("/p/{id}", "/{id}"),
        ("/p/{title}-{id}", "/{id}"),
        ("/p/{title}-{id}/{tab}", "/{id}"),
        ("/pages/category/{category}/{title}-{id}/...", "/{id}"),
        ("/pages/category/{category}/{name}", "/{name}"),
        ("/pages/{title}/{id}", "/{id}"),
        ("/pages/{title}/{id}/{tab}", "/{id}"),
        ("/pages/{title}/{opaque}/{id}", "/{id}"),
        ("/pg/{title}-{id}", "/{id}"),
        ("/pg/{title}-{id}/{tab}", "/{id}"),
        ("/pg/{name}", "/{name}"),
        ("/pg/{name}/{tab}", "/{name}"),
        ("/{title}-{long_id}", "/{long_id}"),
        ("/{title}-{long_id}/{tab}", "/{long_id}"),
        ("/{name}", "/{name}"),
        ("/@{name}", "/{name}"),
        ("/@{name}/{tab}", "/{name}"),
        ("/{name}/{tab}", "/{name}"),
        ("/{name}/{page}/...", "/{name}"),
    ),
    words={
        "name": (  # what is below one letter, a file and v21.0 are the network's own
            r"(?![a-z]/|(?:v[0-9]+\.[0-9]+|[^/]*\.(?:php|html?|txt|xml|ico))(?:/|$))(?=[._-]*[a-z0-9])[a-z0-9._-]{1,120}"
        ),
        "id": r"[1-9][0-9]{0,19}",
        "long_id": r"[1-9][0-9]{8,19}",
        "opaque": r"pfbid[a-z0-9]+",
        "tab": r"[a-z_]+",
        "page": r"about\w*|community|directory\w*|followers|following|friends\w*|likes|mentions|reviews|services|shop",
    },
    ignored=".",
    reserved=reserved(
        """about ad_campaign ads adsmanager ajax app_scoped_user_id appcenter apps bookmarks brandlearning browse
        business campaign careers cdn checkpoint composer confirmemail cookie cookies coronavirus_info creators
        creatorstudio crisisresponse crypto dating developers dialog directory donate download events explore
        facebook_app feed find-friends flx follow friends fundraisers games gaming gettingstarted groups hashtag help
        home i identity instantgames invite jobs language latest legal lists lite live livemap local location
        locations login logout maps marketplace me media memories menu messages messenger_media mobile mycompany nd
        notes notifications nt oauth offers onboarding onthisday pages payments people permalink pg photo photos
        places play plugins poke policies policy posts privacy profile public questions r react recover reel reels
        reg register rsrc.php safety saved search security settings share sharer shop shops signup sitetour stories
        story support survey tagged terms timeline tos tr trending unsupportedbrowser video videos vr watch weather
        whatsapp work workplace your_information"""
    ),
)
