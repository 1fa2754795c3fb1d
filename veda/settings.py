"""All settings, read from the environment (and `.env`). Every name is explained in `.env.example`."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from veda.environment import (
    address,
    addresses,
    between,
    boolean,
    choice,
    cloud_region,
    contact,
    database,
    duty_hours,
    is_address,
    is_origin,
    origin,
    positive,
    rate,
    read,
    secret,
    time_zone,
)

BASE_DIR = Path(__file__).resolve().parent.parent

if _env_file := os.environ.get("VEDA_ENV_FILE", str(BASE_DIR / ".env")):
    environ.Env.read_env(_env_file)
DEBUG = boolean("DEBUG", False)

DATA_DIR = Path(read("str", "DATA_DIR", str(BASE_DIR / "data"))).expanduser().resolve()
"""Database, search index and generated secrets of the embedded mode."""
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR can't be used: {error.strerror}.") from None


SECRET_KEY = secret("SECRET_KEY", debug=DEBUG, kept_in=DATA_DIR)
JWT_SECRET = secret("JWT_SECRET", debug=DEBUG, kept_in=DATA_DIR)
if SECRET_KEY == JWT_SECRET:
    raise ImproperlyConfigured("SECRET_KEY and JWT_SECRET are the same. Make one of its own for each.")

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS: list[str] = read("list", "ALLOWED_HOSTS", LOOPBACK if DEBUG else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: name the hosts that Veda answers for, parted by commas.")
if "*" in ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS can't be * off DEBUG: pages of any host could open sockets, and mails link to any."
    )
CORS_ALLOWED_ORIGINS: list[str] = read("list", "CORS_ALLOWED_ORIGINS", ["http://localhost:5173"] if DEBUG else [])
if not all(map(is_origin, CORS_ALLOWED_ORIGINS)):
    raise ImproperlyConfigured("CORS_ALLOWED_ORIGINS must be origins like https://veda.example, parted by commas.")
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "x-veda-client"]
CORS_URLS_REGEX = r"^/api/"

# Applications

INSTALLED_APPS = [
    "accounts.staff_app.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "accounts",
    "moderation",
    "pipeline",
    "chat",
    "veda",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "veda.headers.private_by_default",
]

ROOT_URLCONF = "veda.urls"
CSRF_FAILURE_VIEW = "veda.errors.csrf_failed"
ASGI_APPLICATION = "veda.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Database: DATABASE_URL, else POSTGRES_*, else SQLite under DATA_DIR

DATABASES = {"default": database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis, where there is one: the channel layer and the cache of several processes

REDIS_URL = read("str", "REDIS_URL", "")
if REDIS_URL and not REDIS_URL.startswith("unix://") and not is_address(REDIS_URL, ("redis", "rediss")):
    raise ImproperlyConfigured("REDIS_URL must be a redis:// address.")
if REDIS_URL:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # No time-out on reads: redis-py's own (5 s) is as long as the layer's wait for an event and would end idle sockets;
    # and any makes it write within `wait_for`, which on Python 3.11 loses cancellations, so that stopping would hang.
    # Connections are as many as commands at the same moment: redis-py's hundred end when all sockets come back at once.
    # Once more at once, where a kept connection has died; its own tries, with waits between, would hold up everybody.
    _once: Any = {"retry": Retry(NoBackoff(), 1), "socket_connect_timeout": 2}
    _host = {"address": REDIS_URL, "socket_timeout": None, "max_connections": 2000, **_once}
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {"BACKEND": "chat.redis_layer.RedisLayer", "CONFIG": {"hosts": [_host]}}
    }
    CACHES: dict[str, Any] = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 2, **_once},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "chat.memory_layer.MemoryLayer"}}
    # Room enough that no spent ticket is forgotten while it could be used again.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

CACHES["process"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "process",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}

# Accounts

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ["name", "email"]}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
TERMS_VERSION = read("str", "TERMS_VERSION", "2026-11")
if not re.fullmatch(r"[0-9A-Za-z.-]{1,32}", TERMS_VERSION):
    raise ImproperlyConfigured("TERMS_VERSION must be 1 to 32 letters, digits, dots or dashes, like 2026-11.")
OPERATOR = {
    "name": read("str", "OPERATOR_NAME", ""),
    "contact": contact("OPERATOR_CONTACT"),
    "terms_url": address("TERMS_URL", ""),
    "privacy_url": address("PRIVACY_URL", ""),
}
"""Who runs this Veda: shown on every page before the chat, and where patients agree to something."""
REGISTRATION = choice("REGISTRATION", "open", {"open", "invited", "closed"})
MINIMUM_AGE = between(0, 120, "MINIMUM_AGE", 16)
STAFF_SECOND_FACTOR = boolean("STAFF_SECOND_FACTOR", False)
PAGES = (
    "login", "register", "forgot-password", "reset-password", "confirm-email", "account", "about", "terms", "privacy",
)  # fmt: skip
"""Addresses of the front end, beside `/` and `/chat`."""
ADMIN_PATH = read("str", "ADMIN_PATH", "admin").strip("/")
_taken = {"api", "ws", "static", "uploads", "health", "metrics", "emergency", "chat", *PAGES}
if not re.fullmatch(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", ADMIN_PATH) or ADMIN_PATH.split("/")[0] in _taken:
    raise ImproperlyConfigured("ADMIN_PATH must be a path of letters, digits, - and _ that no other page has.")

# Staff sign in to the admin through allauth; patients never do. Failures are counted by RATES alone

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "accounts.staff_sign_in.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "accounts.staff_sign_in.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.staff_sign_in.CodeForm",
    "reauthenticate": "accounts.staff_sign_in.CodeAgainForm",
    "activate_totp": "accounts.staff_sign_in.SetUpForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Veda"
MFA_TOTP_TOLERANCE = 1  # the code before and the next are taken too: clocks differ, and people type slowly

# Sign-in with Google: off without a client id

GOOGLE_CLIENT_ID = read("str", "GOOGLE_CLIENT_ID", "")
GOOGLE_CLIENT_SECRET = read("str", "GOOGLE_CLIENT_SECRET", "")
if bool(GOOGLE_CLIENT_ID) != bool(GOOGLE_CLIENT_SECRET):
    raise ImproperlyConfigured("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET go together: set both or none.")
GOOGLE_OAUTH_REDIRECT_URI = address("GOOGLE_OAUTH_REDIRECT_URI", "")
GOOGLE_ISSUER = address("GOOGLE_ISSUER", "https://accounts.google.com")
if not DEBUG and urlsplit(GOOGLE_ISSUER).scheme != "https":
    raise ImproperlyConfigured("GOOGLE_ISSUER must begin with https://.")
SOCIALACCOUNT_ADAPTER = "accounts.api.google_flow.FlowAdapter"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 4  # seconds; a sign-in asks Google at most twice while somebody waits

# Mail

_EMAIL_URL = read("str", "EMAIL_URL", "consolemail://" if DEBUG else "")
try:
    vars().update(environ.Env.email_url_config(_EMAIL_URL or "dummymail://"))
except (KeyError, ValueError, ImproperlyConfigured):
    raise ImproperlyConfigured(
        "EMAIL_URL must be like smtp+tls://user:password@host:587, smtp://host:25 or consolemail://."
    ) from None
if _EMAIL_URL.startswith("filemail:"):
    if not re.fullmatch(r"filemail:///+[^/?#].*", _EMAIL_URL):
        raise ImproperlyConfigured("EMAIL_URL with filemail must name a whole path, like filemail:///var/mail/veda.")
    EMAIL_FILE_PATH = "/" + vars()["EMAIL_FILE_PATH"].lstrip("/")  # environ takes the slash away
MAIL_WORKS = bool(_EMAIL_URL)
"""Without EMAIL_URL off DEBUG nobody can reset a password by mail, and the page doesn't offer it."""
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read("str", "EMAIL_FROM", "Veda <noreply@localhost>")
if not DEFAULT_FROM_EMAIL.isprintable() or "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured("EMAIL_FROM must be one address, like Veda <noreply@veda.example>.")
PUBLIC_URL = origin("PUBLIC_URL")
"""What links in mails begin with."""
if _EMAIL_URL and not DEBUG and not PUBLIC_URL:
    raise ImproperlyConfigured(
        "EMAIL_URL needs PUBLIC_URL: the address, like https://veda.example, that mails link to."
    )
PASSWORD_RESET_TIMEOUT = 3600

# Floods: `limits`' notation, several parted by ";". Empty: no limit. For one account, and for one network address

RATES = {
    name: (rate(f"RATE_{name.upper()}_ACCOUNT", account), rate(f"RATE_{name.upper()}_ADDRESS", address))
    for name, (account, address) in {
        # Of the first two only failures count: a thousand who come back at once from one network are no attack.
        "sign_in": ("100/15minutes;300/day", "100/15minutes"),
        "refresh": ("", "200/15minutes"),
        "ticket": ("60/minute", "3000/minute"),
        "register": ("", "30/hour"),
        "google": ("", "600/15minutes"),
        "reset": ("20/day", "50/hour"),
        "message": ("20/minute;500/day", "3000/minute"),
        "upload": ("30/minute;300/day", "1000/minute"),
        "help": ("20/hour", ""),
        "export": ("5/hour", ""),
        "feedback": ("60/hour", ""),
        "consent": ("30/hour", ""),
        "profile": ("60/hour", ""),
    }.items()
}
RATES_FROM_ONE_NETWORK = {
    # For one account from one network address: tight, and the account's own wide: no stranger locks it out.
    "sign_in": rate("RATE_SIGN_IN_NETWORK", "10/15minutes;50/day"),
    "reset": rate("RATE_RESET_NETWORK", "5/hour"),
}
TRUSTED_PROXIES = read("int", "TRUSTED_PROXIES", 0 if DEBUG else 1)
"""How many proxies stand before Veda, of which each appends to X-Forwarded-For."""
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES must be 0 or more.")

# Who watches, and who is called where nobody looks

DUTY_HOURS_GIVEN, DUTY_HOURS = duty_hours("DUTY_HOURS")
"""When staff read messages: minute of the week and how many. Empty: no text says that anybody does."""
DUTY_TIME_ZONE = time_zone("DUTY_TIME_ZONE", "UTC")
ALERT_CONTACTS: dict[str, dict[str, Any]] = {
    contact: {"mail": addresses(f"ALERT_{prefix}EMAILS"), "webhook": address(f"ALERT_{prefix}WEBHOOK_URL", "")}
    for contact, prefix in (("first", ""), ("second", "SECOND_"))
}
if any(contact["mail"] for contact in ALERT_CONTACTS.values()) and not MAIL_WORKS:
    raise ImproperlyConfigured("ALERT_EMAILS and ALERT_SECOND_EMAILS need EMAIL_URL.")
ALERT_REPEAT_MINUTES = positive("int", "ALERT_REPEAT_MINUTES", 15)
ALERT_TIMEOUT_SECONDS = positive("float", "ALERT_TIMEOUT_SECONDS", 10)

# How long things are kept, in days; 0: for ever

_CENTURY = 36_525  # days
CONVERSATION_RETENTION_DAYS = between(0, _CENTURY, "CONVERSATION_RETENTION_DAYS", 0)
AUDIT_RETENTION_DAYS = between(0, _CENTURY, "AUDIT_RETENTION_DAYS", 2192)  # six years

SIMPLE_JWT = {
    "ALGORITHM": choice("JWT_ALG", "HS256", {"HS256", "HS384", "HS512"}),
    "SIGNING_KEY": JWT_SECRET,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=between(1, _CENTURY * 24 * 60, "ACCESS_TOKEN_EXPIRE_MINUTES", 15)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=between(1, _CENTURY, "REFRESH_TOKEN_EXPIRE_DAYS", 7)),
    "ISSUER": "veda",
    "AUDIENCE": "veda",
    "UPDATE_LAST_LOGIN": False,
}

# Metrics: /metrics answers whoever has the token

ENABLE_METRICS = boolean("ENABLE_METRICS", False)
METRICS_TOKEN = secret("METRICS_TOKEN", debug=DEBUG, kept_in=DATA_DIR) if ENABLE_METRICS else ""
METRICS_DIR = DATA_DIR / "metrics" / socket.gethostname()
"""A host's own: processes of two containers may have the same id."""
if ENABLE_METRICS:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # looked at when prometheus_client is imported
    INSTALLED_APPS.append("django_prometheus")
    MIDDLEWARE.insert(0, "veda.request_metrics.CountedAtTheEdge")
    # Outside of the innermost one, which is synchronous, as all others then are: inside of it, each request would go
    # through the event loop once more.
    MIDDLEWARE.insert(-1, "veda.request_metrics.CountedByView")
    PROMETHEUS_LATENCY_BUCKETS = (0.025, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)  # each is a line for every view
    PROMETHEUS_EXPORT_MIGRATIONS = False  # it asks the database while the process starts; `serve` does so itself

# REST

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["veda.parsers.BodyParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "veda.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Veda",
    "DESCRIPTION": "Answers patients' health questions from sources that it names. It informs and never diagnoses.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "veda.schema.add_errors"],
    "ENUM_NAME_OVERRIDES": {
        "PurposeName": "accounts.models.Consent.Purpose",
        "MessageType": "chat.models.Message.Type",
        "SentType": "chat.serializers.SENT_TYPES",
    },
}

# Messages and replies

MAX_MESSAGE_CHARS = positive("int", "MAX_MESSAGE_CHARS", 8000)
MAX_SOCKETS_PER_USER = positive("int", "MAX_SOCKETS_PER_USER", 20)
MAX_REPLIES_AT_ONCE = positive("int", "MAX_REPLIES_AT_ONCE", 16)
MAX_REPLIES_QUEUED = positive("int", "MAX_REPLIES_QUEUED", 100)
MAX_REPLIES_PER_USER = positive("int", "MAX_REPLIES_PER_USER", 3)
REPLY_TIMEOUT_SECONDS = positive("float", "REPLY_TIMEOUT_SECONDS", 300)

# Who answers

LLM_PROVIDER = choice("LLM_PROVIDER", "auto", {"auto", "ollama", "local", "extractive"})
EMBED_PROVIDER = choice("EMBED_PROVIDER", "embedded", {"embedded", "minilm", "ollama"})
MINILM_FOLDER = read("str", "MINILM_FOLDER", "")
if EMBED_PROVIDER == "minilm" and not MINILM_FOLDER:
    raise ImproperlyConfigured("EMBED_PROVIDER=minilm needs MINILM_FOLDER: where model.onnx and tokenizer.json are.")
USE_DEV_LLM = boolean("USE_DEV_LLM", False)
if USE_DEV_LLM and not DEBUG:
    raise ImproperlyConfigured("USE_DEV_LLM gives canned answers and is for DEBUG only.")
SKIP_RAG = boolean("SKIP_RAG", False)
SKIP_SUMMARIZER = boolean("SKIP_SUMMARIZER", False)
SKIP_VISION = boolean("SKIP_VISION", False)
ENABLE_MODERATION = boolean("ENABLE_MODERATION", True)

# Models and their hosts

OLLAMA_URL = address("OLLAMA_URL", "http://localhost:11434")
OLLAMA_API_KEY = read("str", "OLLAMA_API_KEY", "")
LLM_ENDPOINT = address("LLM_ENDPOINT", "")
LLM_API_KEY = read("str", "LLM_API_KEY", "")
if LLM_PROVIDER == "local" and not LLM_ENDPOINT:
    raise ImproperlyConfigured(
        "LLM_PROVIDER=local needs LLM_ENDPOINT: the server's address, like http://localhost:8080."
    )
ANSWER_MODEL = read("str", "ANSWER_MODEL", "medgemma")
SUMMARY_MODEL = read("str", "SUMMARY_MODEL", "llama3.2" if LLM_PROVIDER != "local" else ANSWER_MODEL)
VISION_MODEL = read("str", "VISION_MODEL", "medgemma")
EMBEDDING_MODEL = read("str", "EMBEDDING_MODEL", "nomic-embed-text")
MODEL_CONTEXT_TOKENS = positive("int", "MODEL_CONTEXT_TOKENS", 8192)
ANSWER_MAX_TOKENS = positive("int", "ANSWER_MAX_TOKENS", 1024)
if MODEL_CONTEXT_TOKENS - ANSWER_MAX_TOKENS < 1024:
    raise ImproperlyConfigured("MODEL_CONTEXT_TOKENS must leave at least 1024 tokens beside ANSWER_MAX_TOKENS.")
MODEL_KEEP_ALIVE = read("str", "MODEL_KEEP_ALIVE", "30m")
if not re.fullmatch(r"-?\d+(ms|s|m|h)?", MODEL_KEEP_ALIVE):
    raise ImproperlyConfigured("MODEL_KEEP_ALIVE must be a time like 30m, 1h, 0 (at once) or -1 (for ever).")
MODEL_CONNECT_SECONDS = positive("float", "MODEL_CONNECT_SECONDS", 5)
MODEL_FIRST_TOKEN_SECONDS = positive("float", "MODEL_FIRST_TOKEN_SECONDS", 120)
MODEL_NEXT_TOKEN_SECONDS = positive("float", "MODEL_NEXT_TOKEN_SECONDS", 30)

# Retrieval

INDEX_PROVIDER = choice("INDEX_PROVIDER", "embedded", {"embedded", "pinecone"})
PINECONE_API_KEY = read("str", "PINECONE_API_KEY", "")
PINECONE_INDEX = read("str", "PINECONE_INDEX", "veda-index")
PINECONE_REGION = cloud_region("PINECONE_ENV")
PINECONE_CONTROLLER_HOST = address("PINECONE_CONTROLLER_HOST", "")
"""Where the client asks for the index, if not at Pinecone: a gateway, or a server that takes its place."""
if INDEX_PROVIDER == "pinecone" and not PINECONE_API_KEY:
    raise ImproperlyConfigured("INDEX_PROVIDER=pinecone needs PINECONE_API_KEY.")
if not re.fullmatch(r"[!-~]*", PINECONE_API_KEY):
    raise ImproperlyConfigured("PINECONE_API_KEY must be plain characters without spaces.")
if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,43}[a-z0-9])?", PINECONE_INDEX):
    raise ImproperlyConfigured("PINECONE_INDEX must be 1 to 45 of a-z, 0-9 and -, with none of - at its ends.")

# Speech

STT_PROVIDER = choice("STT_PROVIDER", "http", {"http", "faster-whisper", "off"})
STT_URL = address("STT_URL", OLLAMA_URL)
STT_API_KEY = read("str", "STT_API_KEY", OLLAMA_API_KEY if STT_URL == OLLAMA_URL else "")
SPEECH_MODEL = read("str", "SPEECH_MODEL", "gemma4:e2b" if STT_PROVIDER == "http" else "base")
SPEECH_LANGUAGE = read("str", "SPEECH_LANGUAGE", "")
STT_TIMEOUT_SECONDS = positive("float", "STT_TIMEOUT_SECONDS", 120)
MAX_TRANSCRIPTIONS_AT_ONCE = positive("int", "MAX_TRANSCRIPTIONS_AT_ONCE", 2)
AUDIO_MAX_SECONDS = positive("int", "AUDIO_MAX_SECONDS", 180)

# Who else gets what patients write, as their consent names them: a new one asks everybody again


def _is_remote(address: str) -> bool:
    """Whether a server is somebody else's: not this machine, nor one of a private network."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".lan", ".internal", ".home.arpa"))


if PINECONE_CONTROLLER_HOST.startswith("http://") and _is_remote(PINECONE_CONTROLLER_HOST):
    raise ImproperlyConfigured("PINECONE_CONTROLLER_HOST must be https://, as the key is sent there.")


def _recipients() -> list[dict[str, str]]:
    words, voice = "your questions and the answers", "the recordings of your voice"
    pinecone = PINECONE_CONTROLLER_HOST
    models = LLM_ENDPOINT if LLM_PROVIDER == "local" else OLLAMA_URL if LLM_PROVIDER != "extractive" else ""
    found = [
        (_is_remote(models), f"The language model server at {urlsplit(models).hostname}", words),
        (
            LLM_PROVIDER == "local" and not SKIP_VISION and _is_remote(OLLAMA_URL),
            f"The picture model server at {urlsplit(OLLAMA_URL).hostname}",
            "your pictures",
        ),
        (
            STT_PROVIDER == "http" and _is_remote(STT_URL),
            f"The speech server at {urlsplit(STT_URL).hostname}",
            voice,
        ),
        (
            INDEX_PROVIDER == "pinecone" and not SKIP_RAG and (not pinecone or _is_remote(pinecone)),
            f"Pinecone at {urlsplit(pinecone).hostname}" if pinecone else "Pinecone",
            "your questions, as numbers that stand for their meaning",
        ),
        (bool(S3_BUCKET), "The file store at Amazon S3", "the pictures that you send"),
        (bool(GOOGLE_CLIENT_ID), "Google", "that you signed in to Veda, if you sign in with Google"),
    ]
    return [{"name": name, "receives": receives} for used, name, receives in found if used]


# Uploads: under DATA_DIR, or in S3

UPLOAD_MAX_BYTES = positive("int", "UPLOAD_MAX_BYTES", 8 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
"""Of a JSON body, and of all that isn't a file in a form: a message of the greatest length fits many times."""
PICTURE_MAX_PIXELS = positive("int", "PICTURE_MAX_PIXELS", 40_000_000)
S3_BUCKET = read("str", "S3_BUCKET", "")
_S3 = {name: read("str", name, "") for name in ("S3_REGION", "S3_KEY", "S3_SECRET")}
if not S3_BUCKET and any(_S3.values()):
    raise ImproperlyConfigured("S3_REGION, S3_KEY and S3_SECRET need S3_BUCKET.")

DATA_RECIPIENTS = _recipients()

_UPLOADS: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": DATA_DIR, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
}
if S3_BUCKET:
    _UPLOADS = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "region_name": _S3["S3_REGION"] or None,
            "access_key": _S3["S3_KEY"] or None,  # without: boto's own ways, such as a machine's role
            "secret_key": _S3["S3_SECRET"] or None,
            "default_acl": None,  # as private as the bucket
            "file_overwrite": False,
            "querystring_auth": True,
            "querystring_expire": 60,
            "signature_version": "s3v4",  # the older one isn't taken in newer regions
        },
    }
STORAGES = {
    "default": _UPLOADS,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Uploads stay in memory: a killed process would leave a temporary file behind.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE

# Pages and static files

FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATIC_URL = "/static/"
STATICFILES_DIRS = [("app", FRONTEND_DIST)] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True  # the front end is built to hashed names: collecting it would add nothing
WHITENOISE_AUTOREFRESH = DEBUG


def _is_immutable(path: str, url: str) -> bool:
    return url.startswith("/static/app/assets/")  # Vite puts a hash into these names


WHITENOISE_IMMUTABLE_FILE_TEST = _is_immutable

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# Off DEBUG browsers are held to HTTPS, which the proxy in front of Veda ends

SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^(health(/ready)?|metrics)$"]  # load balancers and Prometheus ask by plain HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # browsers' own lists of HTTPS hosts are for the domain's owner to ask for
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"  # the session's stays Lax: Google's answer comes from another site
SESSION_COOKIE_AGE = 8 * 3600  # a day's work of staff; patients have no session
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# What a page may load and do; `veda.headers` has the rest

SECURE_REFERRER_POLICY = "no-referrer"
X_FRAME_OPTIONS = "DENY"


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _upload_origins() -> list[str]:
    """Where `/uploads/` may send a browser to: S3's two addresses of the bucket, or those of a server like it."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")  # boto's own names
    if endpoint:
        parts = urlsplit(endpoint)
        return [_origin_of(endpoint), f"{parts.scheme}://{S3_BUCKET}.{parts.netloc}"]
    regions = ["", f".{_S3['S3_REGION']}"] if _S3["S3_REGION"] else [""]
    return [f"https://{S3_BUCKET}.s3{region}.amazonaws.com" for region in regions]


_uploads = _upload_origins() if S3_BUCKET else []
# Where the page was built to ask another host.
_backends = [
    _origin_of(backend)
    for backend in (address("VITE_API_BASE", ""), address("VITE_WS_BASE", "", ("ws", "wss")))
    if backend
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:", *_uploads],  # data: the icons in Swagger's style sheet
        "media-src": ["'self'", "blob:"],
        "connect-src": ["'self'", *_backends, *_uploads],  # 'self' covers WebSockets of the same host
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Logs: no line holds a patient's words, a token or an address with a query

# Set and empty, as in a container: JSON lines on stdout, and no files.
LOG_DIR = None if os.environ.get("LOG_DIR") == "" else Path(read("str", "LOG_DIR", str(DATA_DIR / "logs"))).expanduser()
if LOG_DIR:
    LOG_DIR = LOG_DIR.resolve()
    try:
        LOG_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"LOG_DIR can't be used: {error.strerror}.") from None
LOG_LEVEL = choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"})


def _without_traceback(record: logging.LogRecord) -> bool:
    """Of what was refused: Django tells where the refusal was raised, as if something had failed."""
    if record.levelno < logging.ERROR:
        record.exc_info = None
    return True


LOGGING_CONFIG = "veda.logs.set_up"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"refusals": {"()": "django.utils.log.CallbackFilter", "callback": _without_traceback}},
    "handlers": {"loguru": {"class": "veda.logs.ToLoguru"}},
    "root": {"handlers": ["loguru"], "level": "WARNING"},
    "loggers": {
        name: {"handlers": ["loguru"], "level": LOG_LEVEL, "propagate": False}
        for name in ("veda", "accounts", "moderation", "pipeline", "chat", "django", "django.channels.server")
    }
    | {
        "django.db.backends": {"level": "INFO"},  # below, it writes down queries with what they hold
        "django.request": {"filters": ["refusals"]},
    },
}
