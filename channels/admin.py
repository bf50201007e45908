from django.contrib import admin

from channels.models import SocialChannel
from connect.admin import ResourceAdmin

admin.site.register(SocialChannel, ResourceAdmin)
