from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from connect.events.models import Event
from social_auth.assets.models import Asset, Discovery
from social_auth.budgets.models import NetworkPause
from social_auth.credentials.models import Credential, Revocation
from social_auth.demo.factories.people import UserFactory
from social_auth.demo.factories.records import NetworkFactory
from social_auth.notices.models import Mail, WebhookDelivery, WebhookEndpoint
from social_auth.privacy.models import Erasure, ErasureReceipt
from social_auth.refresh.models import Engagement
from social_auth.wire.secret import Secret


def just_due() -> Any:
    return factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))


class CredentialFactory(DjangoModelFactory[Credential]):
    """Sealed tokens of a connected network: `access_token`, `refresh_token`. Traits: `due`, `refused`."""

    class Meta:
        model = Credential

    class Params:
        due = factory.Trait(
            due_at=just_due(), expires_at=factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))
        )
        refused = factory.Trait(refused_at=just_due())

    network = factory.SubFactory(NetworkFactory, connected=True, network="pinterest")
    provider = factory.SelfAttribute("network.network")
    access_token = "access"
    refresh_token = "refresh"

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **columns: Any) -> Credential:
        secret = Secret(columns.pop("access_token"), columns.pop("refresh_token"))
        credential = Credential(**columns)
        credential.seal(secret)
        credential.save(force_insert=True)
        return credential

    @classmethod
    def _build(cls, model_class: Any, *args: Any, **columns: Any) -> Credential:
        raise NotImplementedError("Tokens are sealed for a row that is there")


class ScheduleFactory(DjangoModelFactory[Any]):
    class Meta:
        abstract = True

    provider = factory.SelfAttribute("network.network")
    due_at = just_due()


class DiscoveryFactory(ScheduleFactory):
    class Meta:
        model = Discovery

    network = factory.SubFactory(NetworkFactory, connected=True, network="pinterest")


class EngagementFactory(ScheduleFactory):
    class Meta:
        model = Engagement

    network = factory.SubFactory(NetworkFactory, connected=True, network="tiktok")


class AssetFactory(DjangoModelFactory[Asset]):
    """A page that its network's account administers."""

    class Meta:
        model = Asset

    network = factory.SubFactory(NetworkFactory, connected=True, network="facebook")
    noun = "page"
    provider_uid = factory.Sequence(str)
    url = factory.LazyAttribute(lambda asset: f"https://facebook.com/{asset.provider_uid}")
    seen_at = factory.SelfAttribute("network.connected_at")


class RevocationFactory(DjangoModelFactory[Revocation]):
    class Meta:
        model = Revocation

    provider = "tiktok"
    provider_uid = factory.Sequence(lambda number: f"uid{number}")
    due_at = just_due()


class ErasureReceiptFactory(DjangoModelFactory[ErasureReceipt]):
    class Meta:
        model = ErasureReceipt

    code = factory.Sequence(lambda number: f"receipt{number}")


class ErasureFactory(DjangoModelFactory[Erasure]):
    class Meta:
        model = Erasure

    receipt = factory.SubFactory(ErasureReceiptFactory)
    user = factory.SubFactory(UserFactory)
    due_at = just_due()


class NetworkPauseFactory(DjangoModelFactory[NetworkPause]):
    class Meta:
        model = NetworkPause

    network = "tiktok"


class MailFactory(DjangoModelFactory[Mail]):
    class Meta:
        model = Mail

    user = factory.SubFactory(UserFactory)
    subject = "contested"
    network = "youtube"
    due_at = just_due()


class EventFactory(DjangoModelFactory[Event]):
    class Meta:
        model = Event

    user = factory.SubFactory(UserFactory)
    type = "network.accepted"
    kind = "network"
    object_id = factory.Sequence(int)
    data = factory.LazyAttribute(lambda event: {"user_id": event.user.pk})
    created_at = factory.LazyFunction(timezone.now)


class WebhookEndpointFactory(DjangoModelFactory[WebhookEndpoint]):
    class Meta:
        model = WebhookEndpoint

    url = "https://platform.example.org/hooks"
    enabled = True


class WebhookDeliveryFactory(DjangoModelFactory[WebhookDelivery]):
    class Meta:
        model = WebhookDelivery

    endpoint = factory.SubFactory(WebhookEndpointFactory)
    event = factory.SubFactory(EventFactory)
    due_at = just_due()
