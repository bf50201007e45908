from typing import Any

import factory
from allauth.account.models import EmailAddress
from factory.django import DjangoModelFactory

from connect.models import User


class UserFactory(DjangoModelFactory[User]):
    """A creator without a password; `addressed=True` has a verified address. Trait: `moderator`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        moderator = factory.Trait(is_staff=True, is_superuser=True)

    username = factory.Sequence(lambda number: f"creator{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")

    @factory.post_generation
    def addressed(user: Any, create: bool, has_address: Any, **_: Any) -> None:  # noqa: N805 - it gets the user
        if create and has_address:
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
