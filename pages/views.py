from connect.api.views import ResourceAdd, ResourceAppeal, ResourceDisconnect, ResourceList
from pages.models import SocialPage


class PageList(ResourceList):
    model = SocialPage


class PageAdd(ResourceAdd):
    model = SocialPage


class PageAppeal(ResourceAppeal):
    model = SocialPage


class PageDisconnect(ResourceDisconnect):
    model = SocialPage
