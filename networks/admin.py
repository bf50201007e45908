from django.contrib import admin

from connect.admin import ResourceAdmin
from networks.models import SocialNetwork

admin.site.register(SocialNetwork, ResourceAdmin)
