from connect.api.shapes import Shape
from connect.audit import tracked
from connect.models import SocialResource


@tracked
class SocialWall(SocialResource):
    shape = Shape("wall", "walls", label="Social wall")

    class Meta(SocialResource.Meta):
        verbose_name = "social wall"
