import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - settings and models need the set-up above
from django.core.wsgi import get_wsgi_application  # noqa: E402

from config.observability import set_up  # noqa: E402
from config.postgresql.patience import give_up_after  # noqa: E402
from social_auth.credentials.key_checks import refuse_wrong_keys  # noqa: E402
from social_auth.credentials.key_holders import announce  # noqa: E402

refuse_wrong_keys()
announce("web")
give_up_after(settings.DATABASE_SILENT_SECONDS)
set_up("connect-web")  # before the application reads its middleware
application = get_wsgi_application()
