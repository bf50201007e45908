from django.contrib import admin

from connect.admin import ResourceAdmin
from pages.models import SocialPage

admin.site.register(SocialPage, ResourceAdmin)
