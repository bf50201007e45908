from connect.profile_urls.rules import LETTERS, NO_FILE, NetworkUrls, reserved

PINTEREST = NetworkUrls(
    home="pinterest.com",
    hosts=(
        r"((www|m|[a-z]{2}|[a-z]{2}-[a-z]{2})\.)?pinterest\.com|(www\.)?pinterest\."
        r"(com\.(au|bo|ec|mx|pe|py|uy|vn)|co\.(at|in|kr|nz|uk)"
        r"|at|be|ca|ch|cl|co|de|dk|ec|es|fr|hu|id|ie|in|info|it|jp|kr|mx|nl|nz|pe|ph|pt|ru|se|th|tw|uk|uy|vn)"
    ),
    example="https://pinterest.com/moorandmill",
    short=r"(www\.)?pin\.it",
    shapes=(
        ("/{name}", "/{name}"),
        ("/@{name}", "/{name}"),
        ("/{name}/{tab}/...", "/{name}"),
        ("/@{name}/{tab}/...", "/{name}"),
        ("/{name}/_/{tab}", "/{name}"),
        ("/{name}/{board}.rss", "/{name}/{board}"),
        ("/{name}/{board}", "/{name}/{board}"),
        ("/{name}/{board}/{board_tab}/...", "/{name}/{board}"),
    ),
    words={
        "name": rf"{NO_FILE}[a-z0-9_-]+(?:\.[a-z0-9_-]+)*",
        "tab": r"_[a-z][a-z_]*|activity|boards|created|feed\.rss|followers|following|likes|overview|pins|saved|tries",
        "board": rf"(?!_){LETTERS}{{1,120}}",
        "board_tab": r"_tools|activity|followers|more_ideas|organize",
    },
    reserved=reserved(
        """_auth _created _saved _tools about account ads advertise all analytics api apps audience blog board boards
        business careers categories category collage-creation-tool collages community connect contact conversations
        conversion-insights convert-business create creators delete developer developers discover domain edit email
        everything explore favicon.ico favorites feed find_friends followers following gifts goodies hashtag help home
        homefeed idea idea-pin-builder ideas inbox invite invited jobs join legal login logout me messages mobile more
        news news_hub notifications oauth official offsite partners password pin pin-builder pin-creation-tool pins
        policies policy popular press privacy products quick-create quick_create recommended register reset resource
        search secure settings share shop shopping signin signup source static story-pin-builder support terms today
        topic topics trends user users v3 verify videos visual-search welcome"""
    ),
)
