"""How is this process configured? Everything comes from ``firm.env``; unsafe combinations are system checks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from firm.env import BASE_DIR, env, firm_home
from firm.home import ensure_home, own_intake_key, own_secret_key
from firm.logs import logging_config
from firm.theme import UNFOLD

django_stubs_ext.monkeypatch()

DEPLOYMENT = env("DEPLOYMENT")
if DEPLOYMENT not in {"one-machine", "production"}:
    raise ImproperlyConfigured("DEPLOYMENT is one-machine or production")
ONE_MACHINE = DEPLOYMENT == "one-machine"
PROCESS_ROLE = env("PROCESS_ROLE")
FIRM_HOME = firm_home()
DEMO = env("DEMO")
# The portal to practise on comes with the demo firm; firm.urls never mounts it in production, whatever is said here.
PRACTICE = env("PRACTICE") or DEMO
DEBUG = False

SECRET_KEY = env("SECRET_KEY") or (own_secret_key(FIRM_HOME) if ONE_MACHINE else "")
PLAIN_HTTP = env("PLAIN_HTTP")
ALLOWED_HOSTS = env("ALLOWED_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if ONE_MACHINE else [])
CSRF_TRUSTED_ORIGINS = env("TRUSTED_ORIGINS")
PUBLIC_URL = env("PUBLIC_URL").rstrip("/")
TRUSTED_PROXIES = env("TRUSTED_PROXIES")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "renewals.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_structlog",
    "renewals",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "renewals.web.middleware.content_security_policy",
    "renewals.web.middleware.keep_no_copies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "renewals.web.middleware.answer_refusals",
]
ROOT_URLCONF = "firm.urls"
WSGI_APPLICATION = "firm.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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

# WAL and IMMEDIATE: readers and one writer do not refuse each other. FULL: a key taken in survives a power cut.
# Secure delete: what is deleted or moved is overwritten in the file, whatever SQLite was built with.
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
    ),
}
if env("DATABASE_URL"):
    DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url("DATABASE_URL")}
else:
    ensure_home(FIRM_HOME)
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FIRM_HOME / "firm.sqlite3"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Django's Redis and database caches unpickle what they read: whoever writes there would run code here.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PLAIN_HTTP
SESSION_COOKIE_AGE = int(timedelta(hours=10).total_seconds())
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = not PLAIN_HTTP
# The container engine asks from within, without the proxy in between.
SECURE_REDIRECT_EXEMPT = [r"^salud/$"]
if not PLAIN_HTTP:
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTH_USER_MODEL = "renewals.Person"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "sign_in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "es-mx"
LANGUAGES = [("es-mx", _("Español de México"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = env("TIME_ZONE")

STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT") or FIRM_HOME / "static")
if ONE_MACHINE:
    # Nothing is collected there: files come from where they were written. WhiteNoise only wants the folder to exist.
    ensure_home(STATIC_ROOT)
MEDIA_ROOT = FIRM_HOME / "files"
STORAGES = {
    # What clients hand in is read by its owner only; the files of the pages are public.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = ONE_MACHINE
# A certificate or a key is a few kilobytes, a letter at most a few megabytes: refuse early, keep uploads in memory.
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE
FILE_UPLOAD_HANDLERS = ["renewals.web.uploads.BoundedMemoryUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 25_000

EMAIL_CONFIG = env.email_url("EMAIL_URL") if env("EMAIL_URL") else {}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = FIRM_HOME / "mail"
vars().update(EMAIL_CONFIG)
if EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
    # Ours knows whether a message may have left when the server falls silent.
    EMAIL_BACKEND = "renewals.notices.smtp.EmailBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("MAIL_FROM")
BOUNCE_MAILBOX_URL = env("BOUNCE_MAILBOX_URL")
# A provider tells by a call to our pages what came back; django-anymail reads it, where it is installed.
MAIL_PROVIDER = env("MAIL_PROVIDER")
ANYMAIL = {"WEBHOOK_SECRET": env("MAIL_WEBHOOK_SECRET")}
# The vault worker's own way out, which no other process can use, point elsewhere or hold back.
ALERT_EMAIL = env.email_url("ALERT_EMAIL_URL") if env("ALERT_EMAIL_URL") else {}
ALERT_MAIL_TO = env("ALERT_MAIL_TO")
HEARTBEAT_URL = env("HEARTBEAT_URL")

REDIS_URL = env("REDIS_URL")
INTAKE_PUBLIC_KEY = env("INTAKE_PUBLIC_KEY") or (own_intake_key(FIRM_HOME) if ONE_MACHINE else "")
MASTER_KEYS_DIR = env("MASTER_KEYS_DIR")

BACKUP_RECIPIENTS = env("BACKUP_RECIPIENTS")
KEY_ARCHIVE_DAYS = env("KEY_ARCHIVE_DAYS")
DRILL_DATABASE = env.db_url("DRILL_DATABASE_URL") if env("DRILL_DATABASE_URL") else None

LOGGING = logging_config()
DJANGO_STRUCTLOG_CELERY_ENABLED = False
# What the firm serves under other names of its domain is not for this program to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

__all__ = ["UNFOLD"]
