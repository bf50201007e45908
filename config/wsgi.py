import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from social_auth.vault import refuse_wrong_keys  # noqa: E402 - models need the set-up above

refuse_wrong_keys()
