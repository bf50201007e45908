"""Nothing here shows a token: allauth's token and app tables are not registered, credentials never are."""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from unfold.admin import ModelAdmin

from social_auth.models import NetworkPause

for model in (SocialApp, SocialToken, SocialAccount, EmailAddress):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(NetworkPause)
class NetworkPauseAdmin(ModelAdmin):
    """To pause a network is to add a row, to resume it to delete that."""

    list_display = ("network", "until", "reason")
    search_fields = ("network", "reason")
    actions = ("delete_selected",)
