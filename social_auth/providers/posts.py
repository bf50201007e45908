"""The engagement rate of an account, computed from its recent posts by a formula that docs/engagement.md names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

YOUNGEST, OLDEST = timedelta(days=1), timedelta(days=90)
"""Younger posts are still gathering; older ones say nothing of today."""
MOST, FEWEST = 12, 3
BOUND = 1000.0
"""Percent above which a rate says that a number is wrong."""


@dataclass(frozen=True)
class Post:
    """What people did with one post. None is unknown, as where an owner hides the likes."""

    published_at: datetime | None
    likes: int | None
    comments: int | None
    shares: int | None = None


def erf_1(posts: Sequence[Post], followers: int | None, now: datetime) -> float | None:
    """Engagement rate by followers, version 1: percent, mean over the newest posts of what was done with each.

    None if there are too few posts to tell, or followers to divide by.
    """
    if not followers:
        return None
    told = [post for post in posts if _counts(post, now)]
    newest = sorted(told, key=lambda post: post.published_at or now, reverse=True)[:MOST]
    if len(newest) < FEWEST:
        return None
    done = sum((post.likes or 0) + (post.comments or 0) + (post.shares or 0) for post in newest)
    rate = round(100 * done / len(newest) / followers, 2)
    return rate if rate <= BOUND else None


def _counts(post: Post, now: datetime) -> bool:
    if post.published_at is None or post.likes is None:
        return False
    return YOUNGEST <= now - post.published_at <= OLDEST
