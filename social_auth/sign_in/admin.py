"""Nothing here shows a token: allauth's token and app tables are not registered, credentials never are."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin

for model in (SocialApp, SocialToken, SocialAccount, EmailAddress, Authenticator):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
