from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from channels.models import SocialChannel
from connect.identity.columns import key_columns
from connect.identity.identity_keys import identity_keys
from connect.moderation.flags import Flag
from connect.moderation.workflow import INHERITED, Health, HealthCause, Level, Status
from connect.network_table import home_url
from networks.models import Ending, SocialNetwork
from pages.models import SocialPage
from social_auth.demo.factories.people import UserFactory
from walls.models import SocialWall

FEW_DAYS = timedelta(days=2)
NOT_THEIRS = "It is not their account"


def now() -> Any:
    return factory.LazyFunction(timezone.now)


class RecordFactory(DjangoModelFactory[Any]):
    """A claim that waits for staff, with the identity keys of its id and URL; one trait at a time.

    `connected`: proven for our app, accepted, healthy. `proof_lost`: accepted, and its proof is gone. `rejected`;
    `appealed`: rejected, and its creator asks once more. `suspended`; `inherited`: only because another record is;
    `suspended_then_disconnected`.
    """

    class Meta:
        abstract = True

    class Params:
        connected = factory.Trait(
            status=Status.ACCEPTED,
            verified=True,
            verification_level=Level.APP,
            health=Health.HEALTHY,
            provider_uid=factory.SelfAttribute("external_id"),
        )
        proof_lost = factory.Trait(status=Status.ACCEPTED, provider_uid=factory.SelfAttribute("external_id"))
        rejected = factory.Trait(status=Status.REJECTED, status_reason=NOT_THEIRS)
        appealed = factory.Trait(rejected=True, appeal="It is mine", appeal_open=True, appealed_at=now())
        suspended = factory.Trait(status=Status.SUSPENDED, status_reason=NOT_THEIRS, suspended_at=now())
        inherited = factory.Trait(suspended=True, status_reason=INHERITED)
        suspended_then_disconnected = factory.Trait(
            suspended=True, status=Status.DISCONNECTED, disconnected_from=Status.SUSPENDED
        )

    user = factory.SubFactory(UserFactory)
    network = "instagram"
    external_id = factory.Sequence(lambda number: f"name{number}")
    url = factory.LazyAttribute(lambda record: f"{home_url(record.network)}/{record.external_id}")

    @classmethod
    def _adjust_kwargs(cls, **columns: Any) -> dict[str, Any]:
        names = [columns["external_id"], columns["url"]]
        return key_columns(identity_keys(columns["network"], names)) | columns


class NetworkFactory(RecordFactory):
    """More traits. `displaced`: somebody proved it for our app. `broken`: its creator is to connect again.

    `suspect`: called dead once. `ending_grant`: it ends in two days unless its creator connects again.
    """

    class Meta:
        model = SocialNetwork

    class Params:
        displaced = factory.Trait(
            provider_uid=factory.SelfAttribute("external_id"), flags=[Flag.DISPLACED.value], flagged_at=now()
        )
        suspect = factory.Trait(
            connected=True, health=Health.SUSPECT, health_cause=HealthCause.CREDENTIAL, health_since=now()
        )
        broken = factory.Trait(suspect=True, health=Health.REAUTH_REQUIRED)
        ending_grant = factory.Trait(
            connected=True,
            health=Health.EXPIRING,
            expires_at=factory.LazyFunction(lambda: timezone.now() + FEW_DAYS),
            expires_what=Ending.GRANT,
        )


class PageFactory(RecordFactory):
    class Meta:
        model = SocialPage

    network = "facebook"
    name = "A page"


class WallFactory(RecordFactory):
    class Meta:
        model = SocialWall

    name = "A wall"


class ChannelFactory(RecordFactory):
    class Meta:
        model = SocialChannel

    network = "youtube"
    external_id = factory.Sequence(lambda number: f"@name{number}")
    name = "A channel"
