from connect.api.shapes import Shape
from connect.audit.context import tracked
from connect.events.trigger import eventful
from connect.models import SocialResource


@tracked
@eventful
class SocialWall(SocialResource):
    shape = Shape("wall", "walls", label="Social wall")

    class Meta(SocialResource.Meta):
        verbose_name = "social wall"
