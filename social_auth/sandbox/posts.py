"""The posts of the sandbox's people: one every three days, with reactions that follow from the account's name."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from social_auth.sandbox.accounts import Account

POSTS = 15


@dataclass(frozen=True)
class Posted:
    number: int
    published_at: datetime
    likes: int
    comments: int
    shares: int


def posts_of(account: Account) -> list[Posted]:
    now = datetime.now(UTC).replace(microsecond=0)
    return [_post(account, number, now - timedelta(days=3 * number, hours=2)) for number in range(POSTS)]


def _post(account: Account, number: int, published_at: datetime) -> Posted:
    likes = account.followers * (20 + (account.number + number) % 7) // 1000
    return Posted(number, published_at, likes, likes // 10, likes // 20)
