from connect.api.views import ResourceAdd, ResourceDisconnect, ResourceList
from pages.models import SocialPage


class PageList(ResourceList):
    model = SocialPage


class PageAdd(ResourceAdd):
    model = SocialPage


class PageDisconnect(ResourceDisconnect):
    model = SocialPage
