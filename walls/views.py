from connect.api.views import ResourceAdd, ResourceAppeal, ResourceDisconnect, ResourceList
from walls.models import SocialWall


class WallList(ResourceList):
    model = SocialWall


class WallAdd(ResourceAdd):
    model = SocialWall


class WallAppeal(ResourceAppeal):
    model = SocialWall


class WallDisconnect(ResourceDisconnect):
    model = SocialWall
