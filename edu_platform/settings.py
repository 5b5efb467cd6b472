"""Settings of the whole project. Everything from outside is read here, once, by `edu_platform.env`."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from accounts.sign_in.lockout_limits import FAILURES_AT_MOST, LOCKED_FOR
from accounts.sign_in.rate_limits import RATE_LIMITS
from edu_platform import env
from edu_platform.beat_schedule import BEAT_SCHEDULE
from edu_platform.lib import process_counts
from edu_platform.lib.template_loader import LOADERS
from edu_platform.log_formats import JSON, TEXT, logging_for, pass_structlog_to_logging
from edu_platform.sqlite import SQLITE_OPTIONS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env.read_dotenv(env.dotenv_path())


# --- Identity and hosts --------------------------------------------------------------
SECRET_KEY = env.required_text("SECRET_KEY", "a long random text, kept secret")
DEBUG = env.boolean("DEBUG", default=False)
PUBLIC_BASE_URL = env.url("PUBLIC_BASE_URL", "http://127.0.0.1:8000")
PUBLIC_HOST = urlsplit(PUBLIC_BASE_URL).hostname or ""
IS_HTTPS = PUBLIC_BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [
    f"[{PUBLIC_HOST}]" if ":" in PUBLIC_HOST else PUBLIC_HOST,
    *("127.0.0.1", "localhost", "[::1]"),
]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS") or [env.origin_of(PUBLIC_BASE_URL)]
# How many proxies of our own stand in front: that many addresses of X-Forwarded-For are believed.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, minimum=0, maximum=10)

# --- Parts ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "edu_platform.apps.PlatformConfig",
    "replays",
    "attendance",
    "courseware",
    "schedule",
    "accounts",
    "classroom",
    "edu_platform.apps.SchoolAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "edu_platform.health.HealthMiddleware",
    "edu_platform.monitoring.endpoint.MetricsMiddleware",
    "edu_platform.request_log.RequestLogMiddleware",
    "edu_platform.monitoring.pages.BeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "classroom.middleware.CallbackMiddleware",
    "schedule.feeds.middleware.CalendarFeedMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.ChosenLanguageMiddleware",
    "accounts.middleware.NoTraceMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Above Django's check of forms, which reads all that comes.
    "edu_platform.lib.body_limits.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.NoStoreMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.DutiesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "edu_platform.monitoring.pages.AfterMiddleware",
]

ROOT_URLCONF = "edu_platform.urls"
WSGI_APPLICATION = "edu_platform.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": LOADERS,
            "libraries": {
                "constant_tags": "edu_platform.lib.constant_tags",
                "icon_tags": "edu_platform.lib.icon_tags",
            },
            "builtins": [
                f"edu_platform.lib.{topic}_tags"
                for topic in ("component", "constant", "form", "icon", "moment", "wording")
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.school",
                "accounts.context_processors.notices",
                "edu_platform.help.context_processors.help_for_page",
            ],
        },
    }
]

FORM_RENDERER = "edu_platform.lib.form_renderer.QuickRenderer"

# --- Data -------------------------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
DATABASES["default"].setdefault("OPTIONS", {}).update(SQLITE_OPTIONS if IS_SQLITE else {})
# A thread holds a connection as long as its request: 256 web threads would otherwise hold 256,
# more than PostgreSQL's default of 100, and most of these threads wait for slow peers.
DATABASES["default"]["CONN_MAX_AGE"] = 0
# When all threads work at once, those beyond this wait for a connection. Two machines of web
# processes stay below PostgreSQL's default, with places left for workers and commands.
WEB_CONCURRENCY = env.integer("WEB_CONCURRENCY", 2, minimum=1, maximum=99)
DATABASE_CONNECTIONS_AT_MOST = max(4, 40 // WEB_CONCURRENCY)
if not IS_SQLITE:
    DATABASES["default"]["ENGINE"] = "edu_platform.postgresql"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The database, so that signing in (whose limits are counted here) does not need Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entry",
        # Beyond this a third is dropped, counts of wrong passwords among it.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
SESSION_ENGINE = "accounts.sign_in.session_store"
SESSION_COOKIE_AGE = 14 * 24 * 3600

MEDIA_ROOT = env.text("MEDIA_ROOT", str(VAR_DIR / "media"))
MEDIA_URL = "/media/"
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "edu_platform.lib.full_disk.FileKeeper",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 7_000  # the page of a timetable's names has two for each of 3,000
STATIC_ROOT = env.text("STATIC_ROOT", str(VAR_DIR / "static"))
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static", ("help", BASE_DIR / "docs" / "help" / "pictures")]
STORAGES = {
    "default": env.storage("STORAGE_URL"),
    "staticfiles": {"BACKEND": "edu_platform.lib.static_files.StaticFilesStorage"},
}

# --- Languages and time -----------------------------------------------------------------------
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "zh-hans", ("zh-hans", "en"))
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["edu_platform.formats"]
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

# --- Signing in -------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.RoleBackend",
]
PASSWORD_HASHERS = [
    "accounts.sign_in.passwords.PasswordHasher",  # says at which cost
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "accounts.sign_in.passwords.LengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
        "accounts.sign_in.passwords.OwnPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.sign_in.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.external.oidc.adapters.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "change_password": "accounts.forms.ChangeForm",
    "reset_password": "accounts.forms.ResetForm",
}
# How long a sign-in, or a password typed again, is proof enough for changing the second factor, time to
# find the phone and install an app; and for replacing the start password by which somebody signed in.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PRESERVE_USERNAME_CASING = True
# Ten wrong passwords lock a name for the address they came from; many from anywhere lock it for all.
# Nothing here is counted by address alone: a whole school may sit behind one, and allauth takes a
# lock of the address for each count, so a class that signs in at once would be refused.
ACCOUNT_RATE_LIMITS = RATE_LIMITS
MFA_ADAPTER = "accounts.sign_in.second_factor_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.sign_in.second_factor_forms.CodeForm",
    "reauthenticate": "accounts.sign_in.second_factor_forms.CodeAgainForm",
    "activate_totp": "accounts.sign_in.second_factor_forms.SetUpForm",
}
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds: clocks of phones and servers differ
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Addresses of mail are the school's, and nobody verifies them.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A browser that is trusted once would let the next person at it go round the second factor.
MFA_TRUST_ENABLED = False
AXES_HANDLER = "accounts.sign_in.lockout.LockoutHandler"
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = FAILURES_AT_MOST
AXES_COOLOFF_TIME = LOCKED_FOR
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "accounts.sign_in.lockout.refuse_locked_out"
AXES_USERNAME_CALLABLE = "accounts.sign_in.lockout.name_for_lock"
AXES_CLIENT_IP_CALLABLE = "edu_platform.lib.client_address.client_address"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the audit log has who signed in from where

# --- Signing in with the school's own accounts --------------------------------------------------
# Each is open as soon as its first variable is set; see docs/accounts.md.
OIDC_ISSUER = env.issuer("OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET")
env.require_together("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
# Beside the issuer's own, the only ones that we ask, and to which the sign-in page may lead.
OIDC_OTHER_ORIGINS = env.origins("OIDC_OTHER_ORIGINS")
OIDC_EXTRA_SCOPES = env.words("OIDC_EXTRA_SCOPES")
# Dots lead into objects: realm_access.roles.
OIDC_ROLE_CLAIM = env.text("OIDC_ROLE_CLAIM")
OIDC_TEACHER_VALUES = env.words("OIDC_TEACHER_VALUES")
env.require_together("OIDC_ROLE_CLAIM", "OIDC_TEACHER_VALUES")
# Whether the first sign-in opens an account here that has the same username.
OIDC_LINK_EXISTING = env.boolean("OIDC_LINK_EXISTING", default=False)
CAS_SERVER_URL = env.cas_server("CAS_SERVER_URL")
CAS_ROLE_ATTRIBUTE = env.text("CAS_ROLE_ATTRIBUTE")
CAS_TEACHER_VALUES = env.words("CAS_TEACHER_VALUES")
CAS_LINK_EXISTING = env.boolean("CAS_LINK_EXISTING", default=False)
HANDOVER_KEYS = env.handover_keys("HANDOVER_KEYS")
HANDOVER_LINK_EXISTING = env.boolean("HANDOVER_LINK_EXISTING", default=False)

# --- What a browser may do --------------------------------------------------------------------
LCIC_CLASS_URL = env.url("LCIC_CLASS_URL", "https://class.qcloudclass.com/latest/class.html")
# Where recordings may lie: what else the cloud names is neither played nor asked.
REPLAY_HOSTS = env.hosts("REPLAY_HOSTS", "*.vod2.myqcloud.com")
# How their files come to players: see replays/playback/delivery.py.
REPLAY_DELIVERY = env.choice("REPLAY_DELIVERY", "redirect", ("redirect", "accel", "signed"))
# The key of the hot-link protection, where the recordings' storage is the school's own.
LCIC_VOD_KEY = env.letters_and_digits(
    "LCIC_VOD_KEY", shortest=8, longest=20, is_needed=REPLAY_DELIVERY == "signed"
)
# Where the cloud may keep what it made of courseware: pages, films, and pages that run scripts.
COURSEWARE_HOSTS = env.hosts("COURSEWARE_HOSTS", "*.qcloudclass.com")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, *COURSEWARE_HOSTS],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Our own address of a recording redirects there, and media are held to the policy again.
        "media-src": [SELF, *REPLAY_HOSTS, *COURSEWARE_HOSTS],
        # Not our own host: scripts there could act for the viewer.
        "frame-src": [*COURSEWARE_HOSTS] or [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        # Chromium applies this to the redirect after a form as well: entering a class is one, and so
        # are signing in and out at the school's own servers.
        "form-action": [
            *(SELF, env.origin_of(LCIC_CLASS_URL)),
            *(env.origin_of(server) for server in (OIDC_ISSUER, CAS_SERVER_URL) if server),
            *OIDC_OTHER_ORIGINS,
        ],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
# A school's name may have other hosts below it, which are not ours to force to https.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600

# --- The classroom cloud ----------------------------------------------------------------------
LCIC_SDK_APP_ID = env.integer("LCIC_SDK_APP_ID", 0, minimum=0, maximum=2**63 - 1)
LCIC_SECRET_ID = env.text("LCIC_SECRET_ID")
LCIC_SECRET_KEY = env.text("LCIC_SECRET_KEY")
LCIC_ENDPOINT = env.url("LCIC_ENDPOINT", "https://lcic.tencentcloudapi.com")
LCIC_REGION = env.text("LCIC_REGION")
# Only where the cloud calls the application by another id than LCIC_SDK_APP_ID, and where our key may not
# ask which account it belongs to.
LCIC_APPLICATION_ID = env.text("LCIC_APPLICATION_ID")
LCIC_DEVELOPER_ID = env.text("LCIC_DEVELOPER_ID")
# Newest first; without any, every callback is refused.
LCIC_CALLBACK_KEY = env.secret_words("LCIC_CALLBACK_KEY")

# --- Work in the background -------------------------------------------------------------------
REDIS_URL = env.url("REDIS_URL", "redis://127.0.0.1:6379/0", schemes=("redis", "rediss"))
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than any task may run, which else would be handed to a second worker, but for long work: that is leased, so
    # the second worker leaves it alone.
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    # Sending fails at once when the broker is down, instead of trying for the whole timeout.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
# A person's request never waits for the broker: due work stands in the database, and a sweep
# finds what a lost message left behind.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# What a worker does at once; each has a connection of its own, which the doctor counts too.
CELERY_WORKER_CONCURRENCY = env.integer("WORKER_CONCURRENCY", 4, minimum=1, maximum=99)
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 330
CELERY_TIMEZONE = TIME_ZONE
# Events have a queue of their own, so that what is due by the clock waits behind no crowd of callbacks.
_EVENTS = {"queue": "events"}
CELERY_TASK_ROUTES = {"classroom.process_event": _EVENTS, "classroom.tell_of_members": _EVENTS}
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# --- Mail -------------------------------------------------------------------------------------
mail = env.email("EMAIL_URL", "consolemail://")
EMAIL_BACKEND = mail["EMAIL_BACKEND"]
EMAIL_HOST = mail["EMAIL_HOST"]
EMAIL_PORT = mail["EMAIL_PORT"]
EMAIL_HOST_USER = mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = mail["EMAIL_FILE_PATH"]
# Without a mail server no page offers mail, which would end in a log.
SENDS_MAIL = EMAIL_BACKEND.endswith(("smtp.EmailBackend", "filebased.EmailBackend"))
EMAIL_TIMEOUT = 10  # seconds; staff who send a link wait as long as the server does
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"no-reply@{PUBLIC_HOST}")
# Where messages to groups may go: see docs/channels.md.
NOTIFY_SCHEMAS = env.notify_schemas("NOTIFY_SCHEMAS", "wecombot, dingtalk, feishu")

# --- What operators see: docs/monitoring.md -----------------------------------------------------
LOG_FORMAT = env.choice("LOG_FORMAT", TEXT, (TEXT, JSON))
# Without one there is no /metrics. Anybody may try as many as they like: a short one would be found.
METRICS_TOKEN = env.secret("METRICS_TOKEN", shortest=16)
METRICS_DIR = env.text("PROMETHEUS_MULTIPROC_DIR", str(VAR_DIR / "metrics"))
# The library reads it too: of our processes only those that serve or work count into files, each service into its own.
process_counts.keep_to_memory()
SENTRY_DSN = env.sentry_dsn("SENTRY_DSN")
# Celery says itself that a task begins.
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
pass_structlog_to_logging()
# Warnings of Python would be plain lines among the objects.
logging.captureWarnings(LOG_FORMAT == JSON)
LOGGING = logging_for(LOG_FORMAT)
if SENTRY_DSN:
    # Only here: its library takes its time to import.
    from edu_platform.error_reports import report_errors_to

    report_errors_to(SENTRY_DSN)

django_stubs_ext.monkeypatch()
