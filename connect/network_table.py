"""The supported networks. CONTRIBUTING.md lists what an eighth one needs beside its row here."""

from django.db.models import TextChoices

from connect.profile_urls.facebook import FACEBOOK
from connect.profile_urls.instagram import INSTAGRAM
from connect.profile_urls.linkedin import LINKEDIN
from connect.profile_urls.pinterest import PINTEREST
from connect.profile_urls.rules import NetworkUrls
from connect.profile_urls.tiktok import TIKTOK
from connect.profile_urls.twitter import TWITTER
from connect.profile_urls.youtube import YOUTUBE


class Network(TextChoices):
    INSTAGRAM = "instagram", "Instagram"
    FACEBOOK = "facebook", "Facebook"
    TWITTER = "twitter", "Twitter"
    YOUTUBE = "youtube", "YouTube"
    TIKTOK = "tiktok", "TikTok"
    LINKEDIN = "linkedin", "LinkedIn"
    PINTEREST = "pinterest", "Pinterest"


URLS: dict[str, NetworkUrls] = {
    Network.INSTAGRAM: INSTAGRAM,
    Network.FACEBOOK: FACEBOOK,
    Network.TWITTER: TWITTER,
    Network.YOUTUBE: YOUTUBE,
    Network.TIKTOK: TIKTOK,
    Network.LINKEDIN: LINKEDIN,
    Network.PINTEREST: PINTEREST,
}


def home_url(network: str) -> str:
    """The network's front page; stored where the provider does not give a profile URL."""
    return f"https://{URLS[network].home}"
