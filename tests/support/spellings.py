"""Random spellings of one account: every shape of its network's profile URLs, written as anybody may write it."""

import unicodedata
from dataclasses import dataclass, field
from urllib.parse import quote

from connect.network_table import URLS
from connect.profile_urls.rules import BELOW, PLACEHOLDER

HOSTS = {
    "instagram": "instagram.com www.instagram.com m.instagram.com instagr.am www.instagr.am",
    "facebook": (
        "facebook.com www.facebook.com m.facebook.com web.facebook.com mbasic.facebook.com touch.facebook.com"
        " de.facebook.com es-la.facebook.com business.facebook.com fb.com www.fb.com"
    ),
    "twitter": "x.com www.x.com twitter.com www.twitter.com mobile.twitter.com m.x.com",
    "youtube": "youtube.com www.youtube.com m.youtube.com music.youtube.com gaming.youtube.com studio.youtube.com",
    "tiktok": "tiktok.com www.tiktok.com m.tiktok.com",
    "linkedin": "linkedin.com www.linkedin.com de.linkedin.com m.linkedin.com in.linkedin.com",
    "pinterest": (
        "pinterest.com www.pinterest.com br.pinterest.com pinterest.co.uk www.pinterest.com.au pinterest.de"
        " fr-ca.pinterest.com"
    ),
}
TABS = {
    "instagram": "reels tagged channel live profilecard",
    "facebook": "about photos reels videos about_details mentions",
    "twitter": "media with_replies likes highlights verified_followers",
    "youtube": "videos shorts featured about live streams",
    "tiktok": "live liked",
    "linkedin": "",
    "pinterest": "_saved _created _shop pins boards",
}
ANY = {
    "title": "Tilda-Moor 张-三 _ x", "opaque": "pfbid02AbcDeF", "category": "Blogger Public-Figure",
    "group": "12 knitters",
    "page": "followers about_family likes", "people": "followers following saved", "act": "user follow profile",
    "list": "playlist collection", "locale": "en pt-BR zh-Hant-TW", "app": "comm m mwlite organization-guest",
    "before": "c user", "board_tab": "more_ideas _tools",
}  # fmt: skip
"""What may stand for the words that name nobody."""
BELOW_IT = ("about", "posts/all", "recent-activity/all", "videos", "de")
TRACKING = ("", "igsh=MXg4", "utm_source=x&utm_medium=y", "ref=a%20b&z=1", "hl=de", "si=@AbC", "next=%2Fother")
WIDE = 0xFEE0
"""How far a wide letter is from its own."""


@dataclass(frozen=True)
class Account:
    network: str
    name: str
    kept: dict[str, str] = field(hash=False)
    """Each kept path that names it, and what stands there for the name; of a board that is `user/board`."""
    is_exact: bool = False
    """Whether its capitals are not those of its network's own making."""
    any_script: bool = False

    def __str__(self):
        return f"{self.network} {self.name}"


def _named(network, name, *kept, **more):
    return Account(network, name, dict.fromkeys(kept, name), **more)


CHANNEL, MEMBER = "UCk3pW_7hT9-aBcDeFgHiJkL", "ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ"
ORGANISATION = ("/company/{vanity}", "/school/{vanity}", "/showcase/{vanity}")
ACCOUNTS = [
    _named("instagram", "olga.fern", "/{name}"),
    _named("facebook", "tilda.moor", "/{name}"),
    _named("facebook", "100009876543210", "/{id}", "/{long_id}", "/{name}"),
    _named("twitter", "ida_lund", "/{name}"),
    _named("twitter", "3344556677", "/i/user/{id}"),
    _named("youtube", "@9knots", "/@{handle}", any_script=True),
    _named("youtube", "@майя", "/@{handle}", any_script=True),
    _named("youtube", "9knots", "/c/{custom}", "/{name}", any_script=True),
    _named("youtube", "oldname", "/user/{custom}", any_script=True),
    _named("youtube", CHANNEL, "/channel/{channel}", is_exact=True),
    _named("tiktok", "rosa.w_1", "/@{handle}", "/@{name}"),
    _named("linkedin", "lena-grün-7a1", "/in/{vanity}", any_script=True),
    _named("linkedin", MEMBER, "/in/{vanity}", "/in/{member}", is_exact=True),
    _named("linkedin", "mill.io4", *ORGANISATION, any_script=True),
    _named("linkedin", "7654321", *ORGANISATION, "/company/{number}"),
    _named("pinterest", "moorandmill", "/{name}"),
    _named("pinterest", "moorandmill/été-2025", "/{name}/{board}"),
]


def spelt_url(chance, account):
    """A URL of that account as somebody may have it: by any shape, host, capitals, escapes, tracking and scheme."""
    shapes = [shape for shape in URLS[account.network].shapes if shape[1] in account.kept]
    told, kept = chance.choice(shapes)
    told = told.removesuffix(BELOW) + (f"/{chance.choice(BELOW_IT)}" if told.endswith(BELOW) else "") * chance.choice(
        (0, 1)
    )
    path, _, query = told.partition("?")
    words = _words(account, kept)
    path = _filled(chance, account, path, words)
    query = _filled(chance, account, query, words)
    path = path.replace("/", chance.choice(("/", "/", "//"))) + chance.choice(("", "/"))
    host = _in_any_case(chance, chance.choice(HOSTS[account.network].split()))
    scheme = chance.choice(("", "//", "https://", "http://", "HTTPS://", "  https://"))
    asked = "&".join(filter(None, chance.sample((query, chance.choice(TRACKING)), 2)))
    if not asked and chance.random() < 0.05:
        return f"{scheme}{host}/#!{path}"
    return f"{scheme}{host}{path}{f'?{asked}' if asked else ''}{chance.choice(('', '#', '#top'))}"


def spelt_id(chance, account):
    """Its public id likewise."""
    name = account.name.rpartition("/")[2].removeprefix("@")
    if account.network == "youtube" and account.name.startswith("@"):
        return chance.choice(("@", "＠", "@@")) + _in_any_case(chance, name)
    name = name if account.is_exact else _in_any_case(chance, name)
    return name if account.network == "youtube" else chance.choice(("", "@", "＠")) + name


def _words(account, kept):
    names = PLACEHOLDER.findall(kept)
    return dict(zip(names, account.kept[kept].removeprefix("@").split("/"), strict=True))


def _filled(chance, account, told, words):
    """The shape with a word for each pair of braces."""

    def word(name):
        if name in words:
            return _spelt(chance, account, words[name])
        if name == "tab":
            return chance.choice(TABS[account.network].split())
        return quote(chance.choice(ANY[name].split()))

    parts = PLACEHOLDER.split(told)
    text = "".join(word(part) if at % 2 else _literally(chance, part) for at, part in enumerate(parts))
    return text if "=" in told else text.replace("@", chance.choice(("@", "%40", "＠")))


def _literally(chance, part):
    """What the network itself writes there; parameters have one spelling."""
    return _in_any_case(chance, part) if chance.random() < 0.1 and "=" not in part else part


def _spelt(chance, account, name):
    if account.network == "facebook" and not name.isdecimal() and chance.random() < 0.3:
        name = "".join(letter + chance.choice(("", "", ".")) for letter in name.replace(".", "")).strip(".")
    if not account.is_exact:
        name = _in_any_case(chance, name)
    if account.any_script:
        name = unicodedata.normalize(chance.choice(("NFC", "NFD")), name)
        name = "".join(_otherwise(chance, letter) for letter in name)
    return "".join(quote(letter, safe="") if chance.random() < 0.1 else letter for letter in name)


def _otherwise(chance, letter):
    """The letter as a wide one, or with something after it that nobody sees."""
    if chance.random() < 0.05 and "!" <= letter <= "~" and letter.isalnum():
        return chr(ord(letter) + WIDE)
    return letter + ("\ufe0f" if chance.random() < 0.02 else "")


def _in_any_case(chance, text):
    return "".join(chance.choice((letter.lower(), letter.upper())) for letter in text)
