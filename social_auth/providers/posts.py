"""The engagement rate of an account, computed from its recent posts by the formula in docs/engagement.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

YOUNGEST, OLDEST = timedelta(days=1), timedelta(days=90)
"""Younger posts still gather reactions; older ones say nothing of today."""
MOST_POSTS, FEWEST_POSTS = 12, 3
MAX_RATE = 1000.0
"""Percent. A higher rate means that one of the numbers is wrong."""


@dataclass(frozen=True)
class Post:
    """The reactions to one post. None is unknown, as where an owner hides the likes."""

    published_at: datetime | None
    likes: int | None
    comments: int | None
    shares: int | None = None


def erf_1(posts: Sequence[Post], followers: int | None, now: datetime) -> float | None:
    """Engagement rate by followers, version 1: reactions per post, mean over the newest posts, in percent of followers.

    None without followers, or with too few posts.
    """
    if not followers:
        return None
    counted = [post for post in posts if _counts(post, now)]
    newest = sorted(counted, key=lambda post: post.published_at or now, reverse=True)[:MOST_POSTS]
    if len(newest) < FEWEST_POSTS:
        return None
    reactions = sum((post.likes or 0) + (post.comments or 0) + (post.shares or 0) for post in newest)
    rate = round(100 * reactions / len(newest) / followers, 2)
    return rate if rate <= MAX_RATE else None


def _counts(post: Post, now: datetime) -> bool:
    if post.published_at is None or post.likes is None:
        return False
    return YOUNGEST <= now - post.published_at <= OLDEST
