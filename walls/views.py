from connect.api.views import ResourceAdd, ResourceDisconnect, ResourceList
from walls.models import SocialWall


class WallList(ResourceList):
    model = SocialWall


class WallAdd(ResourceAdd):
    model = SocialWall


class WallDisconnect(ResourceDisconnect):
    model = SocialWall
