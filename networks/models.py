from django.conf import settings

from connect.api.shapes import Shape
from connect.audit import tracked
from connect.models import SocialResource


@tracked
class SocialNetwork(SocialResource):
    shape = Shape(
        "network",
        "networks",
        label="Network",
        network_field="network_type",
        named=False,
        brief_tail=("verified", "connected_at"),
        full_head=("verified",),
    )

    class Meta(SocialResource.Meta):
        verbose_name = "social network"

    @classmethod
    def limit(cls) -> int | None:
        return settings.CONNECT_MAX_NETWORKS
