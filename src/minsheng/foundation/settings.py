"""Django settings, all read from the environment; `docs/operations.md` lists every variable.

There is deliberately no setting that switches authentication off.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from minsheng.foundation import home

BASE = Path(__file__).resolve().parents[1]
HOME = home.folder()

CITY = os.environ.get("MINSHENG_CITY", "binhai")
SECRET_KEY = home.secret("django")
DEBUG = os.environ.get("MINSHENG_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("MINSHENG_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("MINSHENG_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_htmx",
    "procrastinate.contrib.django",
    "minsheng.foundation",
    "minsheng.directory",
    "minsheng.catalogue",
    "minsheng.knowledge",
    "minsheng.calls",
    "minsheng.demands",
    "minsheng.orders",
    "minsheng.followups",
    "minsheng.supervision",
    "minsheng.registers",
    "minsheng.insight",
    "minsheng.indicators",
    "minsheng.evaluation",
    "minsheng.bulletins",
    "minsheng.exchange",
    "minsheng.doors",
]

MIDDLEWARE = [
    # First: machines are let in here and meet none of the rest.
    "minsheng.doors.api.door.ApiDoor",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "minsheng.doors.nul.WithoutNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "minsheng.doors.middleware.ChosenLanguage",
    # Before whatever reads a form: the next but one does.
    "minsheng.doors.middleware.Bounded",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    # Last: it turns an answer into another, and the rest adds its cookies to that one.
    "minsheng.doors.middleware.Onward",
]

ROOT_URLCONF = "minsheng.doors.urls"
WSGI_APPLICATION = "minsheng.doors.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

DATABASES = {"default": home.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "directory.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "minsheng.doors.console.session.locked_out"
AXES_CLIENT_IP_CALLABLE = "minsheng.doors.client.address"
LOGIN_URL = "/console/sign-in"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600

# Behind TLS (the usual case outside a laptop) cookies travel only encrypted.
SECURE = os.environ.get("MINSHENG_TLS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0

# Where the live counts are: a path that the proxy leads to `minsheng live`, or a port (`:8001`) of
# the name by which the pages were reached; empty where no such process runs.
LIVE = os.environ.get("MINSHENG_LIVE", "")

# The one thing that a page may fetch from elsewhere: tiles below the map, where a city names them.
TILES = os.environ.get("MINSHENG_TILES", "")
_TILE_HOSTS = ["{0.scheme}://{0.netloc}".format(urlsplit(TILES))] if TILES else []

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", *_TILE_HOSTS],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }
}

# Whoever runs jobs loads them (`doors.tasks`). They bring all rooms with them: a command that needs
# none of those would start seconds later.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [HOME / "locale"]  # compiled from `locale/` beside the rooms
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

STORAGES = {
    "default": home.attachment_storage(),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
