from django.contrib import admin

from connect.admin import ResourceAdmin
from walls.models import SocialWall

admin.site.register(SocialWall, ResourceAdmin)
