import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.observability import set_up
from config.postgresql.patience import give_up_after
from config.start import refuse_unfit_servers
from social_auth.credentials.key_checks import refuse_wrong_keys
from social_auth.credentials.key_holders import announce

refuse_unfit_servers()
refuse_wrong_keys()
announce("web")
give_up_after(settings.DATABASE_SILENT_SECONDS)
set_up("connect-web")  # before the application reads its middleware
application = get_wsgi_application()
