from connect.profile_urls.rules import NO_FILE, NetworkUrls, reserved

INSTAGRAM = NetworkUrls(
    home="instagram.com",
    hosts=r"(www\.|m\.)?instagram\.com|(www\.)?instagr\.am",
    example="https://instagram.com/olga.fern",
    short=r"(www\.)?ig\.me|l\.instagram\.com",
    shapes=(
        ("/{name}", "/{name}"),
        ("/@{name}", "/{name}"),
        ("/_u/{name}", "/{name}"),
        ("/{name}/{tab}", "/{name}"),
        ("/@{name}/{tab}", "/{name}"),
        ("/{name}/{people}/...", "/{name}"),
    ),
    words={
        "name": rf"{NO_FILE}[a-z0-9_]+(?:\.[a-z0-9_]+)*",
        "tab": r"(?!(?:p|reel|tv|guide|stories|s)$)[a-z_]+",  # those are what somebody posted
        "people": r"followers|following|saved",
    },
    reserved=reserved(
        """_n _u about accountquality accounts ads ajax api ar archive business challenge channel client_error community
        consent create data developer developers direct directory download emails explore favicon.ico fragment fxcal
        graphql hashtag help i igtv invites j jobs legal lite live locations login logout maps n nametag notifications
        oauth p popular press privacy push qr query reel reels s safety session settings share signup static stories
        support tags terms topics tv u upload user users usertags web your_activity"""
    ),
)
