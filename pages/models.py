from connect.api.shapes import Shape
from connect.audit.context import tracked
from connect.events.trigger import eventful
from connect.models import SocialResource


@tracked
@eventful
class SocialPage(SocialResource):
    shape = Shape("page", "pages", label="Social page")

    class Meta(SocialResource.Meta):
        verbose_name = "social page"
