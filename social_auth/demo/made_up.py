"""Made-up creators with records that look real."""

from datetime import datetime
from random import Random
from typing import Any

from connect.models import User
from connect.moderation.kinds import kinds
from social_auth.demo.factories import ChannelFactory, NetworkFactory, PageFactory, UserFactory, WallFactory

FIRST_NAMES = ["maya", "noor", "felix", "lena", "omar", "ines", "jonas", "priya", "kofi", "hana", "luca", "zoe"]
LAST_NAMES = ["lind", "okafor", "berg"]
CATEGORIES = ("fashion", "food", "travel", "fitness", "music", "gaming", "beauty", "")
NETWORKS = ("instagram", "tiktok", "youtube", "twitter", "facebook", "pinterest", "linkedin")
FACTORIES = (NetworkFactory, NetworkFactory, NetworkFactory, PageFactory, WallFactory, ChannelFactory)
"""Half of the records are networks."""
ADDRESS = "@example.com"


class MadeUp:
    """The same seed gives the same data, except for times."""

    def __init__(self, seed: int) -> None:
        self.random, self.number = Random(seed), 0
        names = [f"{first}.{last}{ADDRESS}" for first in FIRST_NAMES for last in LAST_NAMES]
        self.creators = User.objects.bulk_create([UserFactory.build(username=name, email=name) for name in names])

    def records(self, count: int, at: datetime, factory: Any = None, **columns: Any) -> list[Any]:
        """Write so many records, all dated at that moment."""
        rows = [self._record(factory or self.random.choice(FACTORIES), at, columns) for _ in range(count)]
        for model in kinds().values():
            model._default_manager.bulk_create([row for row in rows if type(row) is model])
        return rows

    def _record(self, factory: Any, at: datetime, columns: dict[str, Any]) -> Any:
        self.number += 1
        creator = self.random.choice(self.creators)
        first, last = creator.username.removesuffix(ADDRESS).split(".")
        named: dict[str, Any] = {"name": f"{first.title()}'s {factory._meta.model.shape.noun}"}
        if factory is NetworkFactory:
            named = {"name": f"{first} {last}".title(), "network": self.random.choice(NETWORKS)}
        moments = dict.fromkeys(("followers_as_of", "connected_at", "last_updated", "status_changed_at"), at)
        own = {"category": self.random.choice(CATEGORIES), **moments, **named, **self._numbers(factory, columns)}
        return factory.build(user=creator, external_id=f"{first}.{last}{self.number}", **(own | columns))

    def _numbers(self, factory: Any, columns: dict[str, Any]) -> dict[str, Any]:
        """The claimed count, and for some networks a proof with the provider's count."""
        claimed = int(10 ** self.random.uniform(3, 6.2))
        if factory is not NetworkFactory or columns or self.random.random() > 0.4:
            return {"claimed_followers": claimed, "followers": claimed, "followers_source": "claimed"}
        proof = {"verified": True, "verification_level": "user", "health": "healthy", "provider_uid": str(self.number)}
        read = int(claimed * self.random.uniform(0.8, 1.1))
        return {"claimed_followers": claimed, "followers": read, "followers_source": "exact", **proof}
