from channels.models import SocialChannel
from connect.api.views import ResourceAdd, ResourceAppeal, ResourceDisconnect, ResourceList


class ChannelList(ResourceList):
    model = SocialChannel


class ChannelAdd(ResourceAdd):
    model = SocialChannel


class ChannelAppeal(ResourceAppeal):
    model = SocialChannel


class ChannelDisconnect(ResourceDisconnect):
    model = SocialChannel
