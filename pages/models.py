from connect.api.shapes import Shape
from connect.audit import tracked
from connect.models import SocialResource


@tracked
class SocialPage(SocialResource):
    shape = Shape("page", "pages", label="Social page")

    class Meta(SocialResource.Meta):
        verbose_name = "social page"
