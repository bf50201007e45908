from connect.api.shapes import Shape
from connect.audit.context import tracked
from connect.events.trigger import eventful
from connect.models import SocialResource


@tracked
@eventful
class SocialChannel(SocialResource):
    shape = Shape("channel", "channels", label="Social channel", count="subscribers")

    class Meta(SocialResource.Meta):
        verbose_name = "social channel"
