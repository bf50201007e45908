"""Settings of every process. A test checks that each environment variable read here is in `.env.example`."""

import math
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from config import api_settings
from config.environment import (
    BASE_DIR,
    DEVELOPMENT,
    EMBEDDED_REDIS_URL,
    PLANNING_QUEUE,
    PROVIDERS,
    budget,
    colour,
    embedded_database_url,
    env,
    networks,
    provider_key,
    public_url,
    required,
    return_places,
    sandbox_port,
    throttle,
    web_address,
)
from config.logs import logging_config
from config.postgresql.patience import PatientConnection, note_away
from config.schedule import BEAT_SCHEDULE, work_queues
from config.variables import refuse_wrong_variables
from connect.moderation.flags import Flag
from connect.redis_address import read_address

refuse_wrong_variables()
DEBUG = env.bool("DEBUG", False) and DEVELOPMENT
SECRET_KEY = required("SECRET_KEY", "development-only-key-that-signs-nothing-of-value")
# Earlier keys: what they signed (sessions, tokens, links in mails) stays valid.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.list("ALLOWED_HOSTS", default=[])]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "config.apps.StaffAdminConfig",
    "config.doctor",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.headless",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "pghistory",
    "pgtrigger",
    "connect",
    "networks",
    "pages",
    "walls",
    "channels",
    "social_auth.budgets",
    "social_auth.providers",
    "social_auth.credentials",
    "social_auth.notices",
    "social_auth.connections",
    "social_auth.assets",
    "social_auth.refresh",
    "social_auth.callbacks",
    "social_auth.sign_in",
    "social_auth.privacy",
    *(["social_auth.sandbox", "social_auth.demo"] if DEVELOPMENT else []),  # they are not in the image
]

MIDDLEWARE = [
    "connect.middleware.RequestIdMiddleware",
    "config.health.any_host_for_probes",
    "connect.middleware.InputGuardMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "connect.page_middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "connect.page_middleware.AuthenticationMiddleware",
    "social_auth.sign_in.staff.session_limits.session_limits",
    "connect.middleware.AuditMiddleware",
    "connect.page_middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "social_auth.sign_in.refusals.add_contract_fields",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
CSRF_FAILURE_VIEW = "connect.error_pages.form_refused"
APPEND_SLASH = False  # a POST without its slash would lose its body in the redirect: it is a clear 404 instead
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = ["config.formats"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# The time-outs keep a hung server from holding requests: at worst they end in a 503.
STATEMENT_SECONDS = env.int("DATABASE_STATEMENT_SECONDS", 15)
# Web and workers wait so long for a frozen server, which cannot end its statements itself.
DATABASE_SILENT_SECONDS = STATEMENT_SECONDS + 5 if STATEMENT_SECONDS else math.inf
DATABASES = {
    "default": env.db_url_config(required("DATABASE_URL", embedded_database_url()), engine="config.postgresql")
}
DATABASES["default"] |= {
    "OPTIONS": {
        **DATABASES["default"].get("OPTIONS", {}),
        "connect_timeout": 5,
        "tcp_user_timeout": 20_000,  # milliseconds, for a server that vanished without closing its connections
        "keepalives_idle": 60,  # firewalls and proxies forget connections that are silent for longer
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "pool": {
            "min_size": 0,
            "max_size": env.int("DATABASE_POOL_SIZE", 20),
            "timeout": 5,
            "connection_class": PatientConnection,
            # The pool doubles its wait between two attempts, and nobody can connect meanwhile: let it give up at once,
            # so that the next request tries again.
            "reconnect_timeout": 1,
            "reconnect_failed": note_away,
        },
        "limits": {
            "statement_timeout": f"{STATEMENT_SECONDS}s",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "30s",
        },
    },
}
REDIS_URL = required("REDIS_URL", EMBEDDED_REDIS_URL)
_REDIS = read_address(REDIS_URL)
# allauth's rate limits live here: they must hold while Redis is down.
CACHES = {
    "default": {
        "BACKEND": "connect.database.pruned_cache.PrunedCache",
        "LOCATION": "connect_cache",
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = None if DEVELOPMENT else BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = DEVELOPMENT
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "connect.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
EMAIL_BACKEND = (
    "django.core.mail.backends.console.EmailBackend" if DEVELOPMENT else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_CONFIG = env.email_url_config(env.str("EMAIL_URL", "smtp://localhost:25"))
EMAIL_HOST, EMAIL_PORT = EMAIL_CONFIG["EMAIL_HOST"], EMAIL_CONFIG["EMAIL_PORT"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_TLS", False), EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_USER"], EMAIL_CONFIG["EMAIL_HOST_PASSWORD"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "connect@localhost")

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "none" if DEVELOPMENT else "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = not DEVELOPMENT
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60  # as for verifying an address: a mail may take minutes
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # for addresses; what counts as fresh: social_auth/sign_in/fresh_sign_in.py
RATE_LIMITS_ON = not DEVELOPMENT or env.str("CONNECT_RATE_LIMITS", "off") == "on"
if not RATE_LIMITS_ON:
    ACCOUNT_RATE_LIMITS = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)

ACCOUNT_ADAPTER = "social_auth.sign_in.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "social_auth.sign_in.adapters.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_EMAIL_REQUIRED = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
# In development, staff sign in by password alone unless this is on. Who has set up a second factor always needs it.
STAFF_SECOND_FACTOR = not DEVELOPMENT or env.str("CONNECT_STAFF_SECOND_FACTOR", "off") == "on"
# Staff are signed out so long after their sign-in, and so long after their last page.
STAFF_SESSION = timedelta(hours=env.int("CONNECT_STAFF_SESSION_HOURS", 12))
STAFF_IDLE = timedelta(minutes=env.int("CONNECT_STAFF_IDLE_MINUTES", 30))
MFA_ADAPTER = "social_auth.sign_in.staff.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # outside of development nobody can sign in by an unverified address anyway
MFA_TOTP_ISSUER = "Connect API"
MFA_TOTP_TOLERANCE = 1  # the code before and the one after pass too, as telephones' clocks differ
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
APP_URL = env.str("CONNECT_APP_URL", "https://app.example.com")
HEADLESS_FRONTEND_URLS = {
    "account_signup": f"{APP_URL}/signup",
    "account_confirm_email": f"{APP_URL}/verify-email/{{key}}",
    "account_reset_password": f"{APP_URL}/password-reset",
    "account_reset_password_from_key": f"{APP_URL}/password-reset/{{key}}",
    "socialaccount_login_error": f"{APP_URL}/sign-in-failed",
}
HEADLESS_TOKEN_STRATEGY = "social_auth.sign_in.access_tokens.TokenStrategy"
HEADLESS_JWT_ALGORITHM = "HS256"
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = 30 * 24 * 3600
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
SESSION_ENGINE = "connect.sessions.store"
SESSION_COOKIE_AGE = HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN

# --- API --------------------------------------------------------------------------------------------------------------
# Calls / seconds: of an IP address, of a user, and connects of a user, as each connect may cost a provider call.
THROTTLES = {
    "address": throttle("CONNECT_THROTTLE_ADDRESS", "3000/60"),
    "user": throttle("CONNECT_THROTTLE_USER", "600/60"),
    "connect": throttle("CONNECT_THROTTLE_CONNECT", "60/3600"),
}
# What to do with fields that a call does not know: ignore, warn (in the header X-Unknown-Fields) or refuse.
CONNECT_UNKNOWN_KEYS = env.str("CONNECT_UNKNOWN_KEYS", "warn")
REST_FRAMEWORK = api_settings.REST_FRAMEWORK
SPECTACULAR_SETTINGS = api_settings.SPECTACULAR_SETTINGS

# --- Connecting -------------------------------------------------------------------------------------------------------
CONNECT_ENV = "development" if DEVELOPMENT else "production"
CONNECT_MAX_NETWORKS = env.int("CONNECT_MAX_NETWORKS", 20)
CONNECT_MAX_SUBMISSIONS = env.int("CONNECT_MAX_SUBMISSIONS", 200)  # of pages, of walls and of channels
CONNECT_AUTO_ACCEPT_LEVEL = env.str("CONNECT_AUTO_ACCEPT_LEVEL", "app")
if CONNECT_AUTO_ACCEPT_LEVEL not in ("app", "user", "none"):
    raise ImproperlyConfigured("CONNECT_AUTO_ACCEPT_LEVEL must be app, user or none")
# Flags that send an accepted record back to the moderators' queue; the names are in connect/moderation/flags.py.
REVIEW_AGAIN = frozenset(env.list("CONNECT_REVIEW_AGAIN", default=[]))
if unknown := REVIEW_AGAIN - set(Flag.values):
    raise ImproperlyConfigured(f"CONNECT_REVIEW_AGAIN: no such flag: {', '.join(sorted(unknown))}")
CONNECT_CONFIRM_DEAD_AFTER = timedelta(seconds=env.int("CONNECT_CONFIRM_DEAD_AFTER", 5 if DEVELOPMENT else 600))
# Where too few accounts are read to tell whether the provider itself is ill, it must call a token dead for that long.
CONNECT_CONFIRM_ALONE_AFTER = timedelta(seconds=env.int("CONNECT_CONFIRM_ALONE_AFTER", 5 if DEVELOPMENT else 12 * 3600))
CONNECT_TOKEN_KEYS = required("CONNECT_TOKEN_KEYS", "dev:ZGV2ZWxvcG1lbnQtb25seS1rZXktb2YtMzItYnl0ZXM=")
# Keys of the hashes that remain of erased accounts, newest first. A key under which a suspended account was erased must
# stay: without it the account could come back.
CONNECT_IDENTITY_KEYS = required("CONNECT_IDENTITY_KEYS", "dev:ZGV2ZWxvcG1lbnQtb25seS1pZGVudGl0eS1oYXNoZXM=")
BREAKER_SECONDS = 5 if DEVELOPMENT else 30
# Our public address, for links and for the redirect URIs registered at the providers. Empty, in development: the host
# of the request.
CONNECT_PUBLIC_URL = public_url(
    env.str("CONNECT_PUBLIC_URL", "" if DEVELOPMENT else f"https://{ALLOWED_HOSTS[-1].lstrip('.')}")
)
# The public address in commands and mails of a development stack, where there is no request.
LOCAL_URL = f"http://127.0.0.1:{env.int('PORT', 8000)}"
# Where the connect page may send the browser when it is done: one of these URLs, or a path below one.
CONNECT_RETURN_URLS = return_places(
    env.list("CONNECT_RETURN_URLS", default=["connect-demo://connected"] if DEVELOPMENT else [])
)
# Optional permissions that the connect page offers: only those for which the provider has approved our app.
CONNECT_OPTIONAL_SCOPES = frozenset(
    env.list(
        "CONNECT_OPTIONAL_SCOPES", default=["facebook.pages", "linkedin.pages", "pinterest.boards", "tiktok.posts"]
    )
)
CONNECT_BRAND = {
    "name": env.str("CONNECT_BRAND_NAME", "Connect"),
    "logo": web_address("CONNECT_BRAND_LOGO"),
    "colour": colour("CONNECT_BRAND_COLOUR", "#2a4fd0"),
    "terms_url": web_address("CONNECT_BRAND_TERMS_URL"),
    "privacy_url": web_address("CONNECT_BRAND_PRIVACY_URL"),
}
# The versions of Meta's and LinkedIn's APIs that we call; when they end: social_auth/providers/versions.py.
GRAPH_VERSION = env.str("GRAPH_VERSION", "v27.0")
LINKEDIN_VERSION = env.str("LINKEDIN_VERSION", "202609")
SANDBOX_PORT = sandbox_port()
SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"
CONNECT_PROVIDER_PROXY = env.str("CONNECT_PROVIDER_PROXY", SANDBOX_URL if DEVELOPMENT else "")
if CONNECT_PROVIDER_PROXY and not DEVELOPMENT:
    raise ImproperlyConfigured("CONNECT_PROVIDER_PROXY would send provider tokens to a stand-in: not in production")
PROVIDER_CLIENT_IDS = {
    name: [part.strip() for part in provider_key(f"{name}_CLIENT_ID", f"{name.lower()}-client-id").split(",") if part]
    for name in PROVIDERS
}
PROVIDER_CLIENT_SECRETS = {
    name: provider_key(f"{name}_CLIENT_SECRET", f"{name.lower()}-client-secret") for name in PROVIDERS
}
YOUTUBE_API_KEY = provider_key("YOUTUBE_API_KEY", "youtube-api-key")
TWITTER_BEARER_TOKEN = provider_key("TWITTER_BEARER_TOKEN", "twitter-bearer-token")
# allauth looks its apps up here; its own `secret` stays empty, the adapters hold the real one.
SOCIALACCOUNT_PROVIDERS = {
    name.lower(): {"APPS": [{"client_id": client_id, "secret": ""} for client_id in client_ids]}
    for name, client_ids in PROVIDER_CLIENT_IDS.items()
}

# How many calls / seconds, and units in a day of the provider's clock, the refresh may use; connecting comes on top.
# X: 300 calls in 15 minutes, and money: a cent per account. YouTube: 10,000 units a day, of which connecting gets some.
PROVIDER_BUDGETS = {
    "facebook": budget("FACEBOOK_BUDGET", "9000/3600"),
    "instagram": budget("INSTAGRAM_BUDGET", "9000/3600"),
    "twitter": budget("TWITTER_BUDGET", "300/900")
    | {"unit": "cents", "daily_units": env.int("TWITTER_DAILY_CENTS", 10_000)},
    "youtube": budget("YOUTUBE_BUDGET", "1500/60")
    | {"unit": "units", "daily_units": env.int("YOUTUBE_DAILY_UNITS", 9000), "zone": "America/Los_Angeles"},
    "tiktok": budget("TIKTOK_BUDGET", "540/60"),
    "linkedin": budget("LINKEDIN_BUDGET", "300/60") | {"daily_units": env.int("LINKEDIN_DAILY_CALLS", 90_000)},
    "pinterest": budget("PINTEREST_BUDGET", "900/60"),
}
REFRESH_EVERY = timedelta(hours=env.int("CONNECT_REFRESH_HOURS", 24))
REFRESH_RETRY = env.int("CONNECT_REFRESH_RETRY", 30 if DEVELOPMENT else 300)
REFRESH_COOLDOWN = timedelta(seconds=env.int("CONNECT_REFRESH_COOLDOWN", 15 if DEVELOPMENT else 900))
# How many days of readings are kept at most, 0 is as many as each network's rules allow.
HISTORY_DAYS = env.int("CONNECT_HISTORY_DAYS", 0)
# The networks that accepted in writing what their rules forbid otherwise: youtube, once the amendment for "Analytics &
# Reporting" holds for our app; pinterest, once it allows our app to keep what it reads (docs/providers.md).
CONNECT_AGREEMENTS = frozenset(env.list("CONNECT_AGREEMENTS", default=[]))
if unknown := CONNECT_AGREEMENTS - {"youtube", "pinterest"}:
    raise ImproperlyConfigured(f"CONNECT_AGREEMENTS: no such agreement: {', '.join(sorted(unknown))}")
# Webhooks go to public addresses by https only; with this, in development, to this machine as well.
WEBHOOKS_PRIVATE = DEVELOPMENT
EVENT_DAYS = env.int("CONNECT_EVENT_DAYS", 30)
REFRESH_LEASE = timedelta(seconds=env.int("CONNECT_REFRESH_LEASE", 45))
REFRESH_OUTSTANDING = env.int("CONNECT_REFRESH_OUTSTANDING", 50)

# --- Celery: the broker carries hints, the database knows what is due -------------------------------------------------
CELERY_BROKER_URL = _REDIS.broker_url
CELERY_BROKER_USE_SSL = _REDIS.broker_use_ssl
CELERY_TASK_IGNORE_RESULT = True
WORK_QUEUES = work_queues(PROVIDER_BUDGETS)
CELERY_TASK_QUEUES = [Queue(name) for name in (PLANNING_QUEUE, *WORK_QUEUES)]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = (
    600  # a task that holds a refresh token not yet written waits for the database for over five minutes
)
CELERY_TASK_TIME_LIMIT = 660
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "queue_order_strategy": "round_robin",
    **_REDIS.broker_options,
}
# Celery's own scheduler stores nothing: any number of beats may run, as claiming is atomic, and Redis may be lost.
CELERY_BEAT_SCHEDULER = "celery.beat.Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# --- Security ---------------------------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # probes and scrapes come from inside the cluster, without TLS
if not DEVELOPMENT:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
METRICS_ALLOWED = networks("METRICS_ALLOWED", env.list("METRICS_ALLOWED", default=["127.0.0.1", "::1"]))
METRICS_OPEN = DEVELOPMENT

# Where crash reports and traces are sent; nowhere if empty.
SENTRY_DSN = env.str("SENTRY_DSN", "")
OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
LOGGING_CONFIG = None
LOGGING = logging_config(level=env.str("LOG_LEVEL", "INFO"), as_json=not DEVELOPMENT)
UNFOLD = {
    "SITE_TITLE": "Connect moderation",
    "SITE_HEADER": "Connect moderation",
    "SITE_SYMBOL": "hub",
    "STYLES": ["config.moderation_site.style_sheet"],
    "SIDEBAR": {"navigation": "config.moderation_site.menu"},
    "SCRIPTS": ["config.moderation_site.undo_script"],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "config.moderation_site.favicon"}],
    "DASHBOARD_CALLBACK": "social_auth.refresh.dashboard.callback",
    "LOGIN": {"form": "social_auth.sign_in.staff.forms.AdminLoginForm"},
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
}
