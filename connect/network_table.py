"""The supported networks. An eighth is one more row here, its adapter, its sandbox file and its payloads."""

import re
from dataclasses import dataclass

from django.db.models import TextChoices


class Network(TextChoices):
    INSTAGRAM = "instagram", "Instagram"
    FACEBOOK = "facebook", "Facebook"
    TWITTER = "twitter", "Twitter"
    YOUTUBE = "youtube", "YouTube"
    TIKTOK = "tiktok", "TikTok"
    LINKEDIN = "linkedin", "LinkedIn"
    PINTEREST = "pinterest", "Pinterest"


@dataclass(frozen=True)
class NetworkUrls:
    """What a profile URL of one network looks like. Short-link hosts are left out: they hide what they point to."""

    home: str
    hosts: str
    """Pattern of every host that serves the same profiles."""
    reserved: frozenset[str]
    """First path segments that are the network's own pages."""
    segments: int = 1
    """The longest profile path."""
    ignores_case: bool = True
    """Whether `/Name` and `/name` are the same profile, and ids likewise."""
    unicode_paths: bool = False
    rewrites: tuple[tuple[str, str], ...] = ()
    """Patterns of other forms of a profile path, and their canonical form."""

    def owns(self, host: str) -> bool:
        return re.fullmatch(self.hosts, host) is not None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def home_url(network: str) -> str:
    """The network's front page: what stands for a profile URL that the provider does not tell."""
    return f"https://{URLS[network].home}"


URLS: dict[str, NetworkUrls] = {
    Network.INSTAGRAM: NetworkUrls(
        home="instagram.com",
        hosts=r"(www\.|m\.)?instagram\.com|(www\.)?instagr\.am",
        reserved=_words("p reel reels stories explore tv accounts direct s share about"),
    ),
    Network.FACEBOOK: NetworkUrls(
        home="facebook.com",
        hosts=r"((www|m|web|mbasic|business|[a-z]{2}-[a-z]{2})\.)?facebook\.com|(www\.)?fb\.(com|me)",
        reserved=_words(
            "marketplace gaming watch me messages help search groups events login share sharer.php story.php "
            "photo.php permalink.php home.php l.php plugins dialog profile.php people pages pg"
        ),
        rewrites=(
            (r"/profile\.php\?(?:.*&)?id=(\d{1,20})(?:&.*)?", r"/\1"),
            (r"/(?:people|pages)/[^/]+/(\d{1,20})", r"/\1"),
            (r"/pg/([^/]+)", r"/\1"),
        ),
    ),
    Network.TWITTER: NetworkUrls(
        home="x.com",
        hosts=r"((www|mobile|m)\.)?(x|twitter)\.com",
        reserved=_words("home share privacy tos i search intent settings hashtag explore messages notifications login"),
        rewrites=((r"/i/user/(\d{1,19})", r"/i/user/\1"),),
    ),
    Network.YOUTUBE: NetworkUrls(
        home="youtube.com",
        hosts=r"((www|m)\.)?youtube\.com",
        reserved=_words("watch shorts playlist results feed embed live gaming redirect premium account channel c user"),
        ignores_case=False,
        unicode_paths=True,
        rewrites=((r"/(channel|c|user)/([^/]+)", r"/\1/\2"),),
    ),
    Network.TIKTOK: NetworkUrls(
        home="tiktok.com",
        hosts=r"((www|m)\.)?tiktok\.com",
        reserved=_words("video tag discover music foryou following live explore search upload login"),
        rewrites=((r"/@?([^/@]+)", r"/@\1"),),
    ),
    Network.LINKEDIN: NetworkUrls(
        home="linkedin.com",
        hosts=r"((www|m|[a-z]{2})\.)?linkedin\.com",
        reserved=_words("feed jobs learning posts pulse groups messaging login signup in company school showcase pub"),
        ignores_case=False,
        unicode_paths=True,
        rewrites=((r"/(in|company|school|showcase|pub)/([^/]+)", r"/\1/\2"),),
    ),
    Network.PINTEREST: NetworkUrls(
        home="pinterest.com",
        hosts=(
            r"((www|m|[a-z]{2})\.)?pinterest\.com|(www\.)?pinterest\."
            r"(co\.uk|com\.au|com\.mx|co\.kr|de|fr|es|it|at|ch|ca|cl|dk|ie|jp|nz|ph|pt|ru|se)"
        ),
        reserved=_words("pin ideas search today settings business login"),
        segments=2,
    ),
}
