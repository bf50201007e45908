from connect.profile_urls.rules import LETTERS, NetworkUrls

MEMBER = r"A[CDE][a-zA-Z]AA[A-Za-z0-9_-]{20,100}"
"""The id that LinkedIn itself puts in place of a member's name in some links."""

LINKEDIN = NetworkUrls(
    home="linkedin.com",
    hosts=r"((www|m|touch|[a-z]{2})\.)?linkedin\.com",
    example="https://linkedin.com/in/ravi-t",
    short=r"(www\.)?lnkd\.in",
    shapes=(
        ("/in/{vanity}/...", "/in/{vanity}"),
        ("/company/{vanity}/...", "/company/{vanity}"),
        ("/school/{vanity}/...", "/school/{vanity}"),
        ("/showcase/{vanity}/...", "/showcase/{vanity}"),
        ("/{app}/in/{vanity}/...", "/in/{vanity}"),
        ("/{app}/company/{vanity}/...", "/company/{vanity}"),
        ("/{app}/school/{vanity}/...", "/school/{vanity}"),
        ("/{app}/showcase/{vanity}/...", "/showcase/{vanity}"),
        ("/company-beta/{number}/...", "/company/{number}"),
        ("/organization/{number}/...", "/company/{number}"),
        ("/profile/view?id={member}", "/in/{member}"),
        ("/pub/{person}", "/pub/{person}"),
        ("/pub/{person}/{first}/{second}/{third}", "/pub/{person}/{first}/{second}/{third}"),
    ),
    words={
        "vanity": rf"(?!(?:me|edit|setup|unavailable)(?:/|$)){LETTERS}{{1,120}}",  # those are the network's own
        "person": rf"(?!(?:dir|me|edit|setup|unavailable)(?:/|$)){LETTERS}{{1,120}}",  # nor is a directory of names
        "member": f"(?-i:{MEMBER})",
        "number": r"[1-9][0-9]{0,18}",
        "app": r"comm|m|mwlite|mwlite/profile|organization-guest",
        "first": r"[0-9a-z]{1,3}",
        "second": r"[0-9a-z]{1,3}",
        "third": r"[0-9a-z]{1,3}",
    },
    keeps_case=True,
    exact=rf"in/{MEMBER}",
    alike=((r"(school|showcase)/", "company/"),),  # LinkedIn forwards from one to the other: they share their names
    numbered="company/{id}",
    ids=((r"@?(?P<id>.+)", ("in/{id}", "company/{id}", "pub/{id}")),),
)
