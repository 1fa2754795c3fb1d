"""A wrong setting stops the start-up with one clear line: each in a process of its own, as it would be started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from veda.tests.serving import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef" * 4
PRODUCTION = {"DEBUG": "false", "SECRET_KEY": SECRET, "JWT_SECRET": SECRET[::-1], "ALLOWED_HOSTS": "veda.example"}
SHOW = """
from django.conf import settings
database = settings.DATABASES["default"]
kind, layer = database["ENGINE"].rsplit(".", 1)[1], settings.CHANNEL_LAYERS["default"]["BACKEND"]
print(kind, database["NAME"], database.get("HOST") or None, database.get("PORT") or None, layer)
"""

WRONG = {
    "DEBUG": {"DEBUG": "maybe"},
    "SECRET_KEY missing": {**PRODUCTION, "SECRET_KEY": ""},
    "JWT_SECRET missing": {**PRODUCTION, "JWT_SECRET": ""},
    "SECRET_KEY short": {**PRODUCTION, "SECRET_KEY": "short"},
    "SECRET_KEY placeholder": {**PRODUCTION, "SECRET_KEY": "replace-me-" + SECRET},
    "JWT_SECRET placeholder": {**PRODUCTION, "JWT_SECRET": "CHANGE-me-" + SECRET},
    "ALLOWED_HOSTS missing": {**PRODUCTION, "ALLOWED_HOSTS": ""},
    "USE_DEV_LLM off DEBUG": {**PRODUCTION, "USE_DEV_LLM": "true"},
    "USE_DEV_LLM": {"USE_DEV_LLM": "perhaps"},
    "SKIP_RAG": {"SKIP_RAG": "2"},
    "ENABLE_MODERATION": {"ENABLE_MODERATION": "sometimes"},
    "JWT_ALG": {"JWT_ALG": "none"},
    "JWT_ALG unfit": {"JWT_ALG": "RS256"},
    "DATABASE_URL": {"DATABASE_URL": "mysql://me:hunter2@host/veda"},
    "DATABASE_URL no address": {"DATABASE_URL": "hunter2"},
    "DATABASE_URL of another kind": {"DATABASE_URL": "oracle11://me:hunter2@host/veda"},
    "DATABASE_URL half a bracket": {"DATABASE_URL": "postgresql://me:hunter2@[host/veda"},
    "DATABASE_URL port": {"DATABASE_URL": "postgresql://me:hunter2@host:port/veda"},
    "POSTGRES_PORT": {"POSTGRES_DB": "veda", "POSTGRES_PORT": "five"},
    "REDIS_URL": {"REDIS_URL": "foo"},
    "CORS_ALLOWED_ORIGINS": {"CORS_ALLOWED_ORIGINS": "veda.example"},
    "MAX_MESSAGE_CHARS": {"MAX_MESSAGE_CHARS": "0"},
    "MAX_REPLIES_AT_ONCE": {"MAX_REPLIES_AT_ONCE": "-1"},
    "MAX_REPLIES_PER_USER": {"MAX_REPLIES_PER_USER": "0"},
    "MAX_SOCKETS_PER_USER": {"MAX_SOCKETS_PER_USER": "many"},
    "REPLY_TIMEOUT_SECONDS": {"REPLY_TIMEOUT_SECONDS": "0"},
    "REPLY_TIMEOUT_SECONDS no number": {"REPLY_TIMEOUT_SECONDS": "nan"},
    "ACCESS_TOKEN_EXPIRE_MINUTES": {"ACCESS_TOKEN_EXPIRE_MINUTES": "1.5"},
    "REFRESH_TOKEN_EXPIRE_DAYS": {"REFRESH_TOKEN_EXPIRE_DAYS": "0"},
    "LLM_PROVIDER": {"LLM_PROVIDER": "oracle"},
    "INDEX_PROVIDER": {"INDEX_PROVIDER": "faiss"},
    "PINECONE_API_KEY missing": {"INDEX_PROVIDER": "pinecone"},
    "PINECONE_API_KEY with a space": {"INDEX_PROVIDER": "pinecone", "PINECONE_API_KEY": "hunter2 "},
    "PINECONE_INDEX": {"PINECONE_INDEX": "Veda_Index"},
    "PINECONE_ENV": {"PINECONE_ENV": "gcp-starter"},
    "PINECONE_CONTROLLER_HOST": {"PINECONE_CONTROLLER_HOST": "api.pinecone.io"},
    "PINECONE_CONTROLLER_HOST in clear": {"PINECONE_CONTROLLER_HOST": "http://pinecone.example"},
    "LOG_LEVEL": {"LOG_LEVEL": "loud"},
    "DATA_DIR": {"DATA_DIR": "/proc/nowhere"},
    "SECRET_KEY simple": {**PRODUCTION, "SECRET_KEY": "x" * 64},
    "JWT_SECRET insecure": {**PRODUCTION, "JWT_SECRET": "django-insecure-" + SECRET},
    "SECRET_KEY and JWT_SECRET are the same": {**PRODUCTION, "JWT_SECRET": SECRET},
    "ALLOWED_HOSTS for any": {**PRODUCTION, "ALLOWED_HOSTS": "veda.example,*"},
    "REGISTRATION": {"REGISTRATION": "sometimes"},
    "MINIMUM_AGE": {"MINIMUM_AGE": "-1"},
    "MINIMUM_AGE no number": {"MINIMUM_AGE": "sixteen"},
    "STAFF_SECOND_FACTOR": {"STAFF_SECOND_FACTOR": "perhaps"},
    "ADMIN_PATH": {"ADMIN_PATH": "st aff"},
    "ADMIN_PATH of another page": {"ADMIN_PATH": "api/staff"},
    "GOOGLE_CLIENT_SECRET missing": {"GOOGLE_CLIENT_ID": "an-id"},
    "GOOGLE_CLIENT_ID missing": {"GOOGLE_CLIENT_SECRET": "hunter2"},
    "GOOGLE_OAUTH_REDIRECT_URI": {"GOOGLE_OAUTH_REDIRECT_URI": "/callback"},
    "GOOGLE_ISSUER": {"GOOGLE_ISSUER": "accounts.google.com"},
    "GOOGLE_ISSUER without TLS": {**PRODUCTION, "GOOGLE_ISSUER": "http://accounts.google.com"},
    "EMAIL_URL": {"EMAIL_URL": "carrier-pigeon://me:hunter2@roof"},
    "PUBLIC_URL missing": {**PRODUCTION, "EMAIL_URL": "smtp://me:hunter2@host:25"},
    "PUBLIC_URL": {"PUBLIC_URL": "veda.example"},
    "RATE_SIGN_IN_ACCOUNT": {"RATE_SIGN_IN_ACCOUNT": "often"},
    "RATE_MESSAGE_ADDRESS nothing": {"RATE_MESSAGE_ADDRESS": "0/minute"},
    "TRUSTED_PROXIES": {"TRUSTED_PROXIES": "-1"},
    "TRUSTED_PROXIES no number": {"TRUSTED_PROXIES": "all"},
    "CONVERSATION_RETENTION_DAYS": {"CONVERSATION_RETENTION_DAYS": "-1"},
    "AUDIT_RETENTION_DAYS": {"AUDIT_RETENTION_DAYS": "six years"},
    "ACCESS_TOKEN_EXPIRE_MINUTES without end": {"ACCESS_TOKEN_EXPIRE_MINUTES": "9" * 20},
    "REFRESH_TOKEN_EXPIRE_DAYS without end": {"REFRESH_TOKEN_EXPIRE_DAYS": "9" * 10},
    "CONVERSATION_RETENTION_DAYS without end": {"CONVERSATION_RETENTION_DAYS": "9" * 7},
    "AUDIT_RETENTION_DAYS without end": {"AUDIT_RETENTION_DAYS": "9" * 11},
    "POSTGRES_PORT too high": {"POSTGRES_DB": "veda", "POSTGRES_PORT": "65536"},
    "CORS_ALLOWED_ORIGINS half a bracket": {"CORS_ALLOWED_ORIGINS": "https://veda.example,https://[x"},
    "CORS_ALLOWED_ORIGINS with a path": {"CORS_ALLOWED_ORIGINS": "https://veda.example/app"},
    "VITE_API_BASE half a bracket": {"VITE_API_BASE": "https://[x"},
    "VITE_API_BASE without a host": {"VITE_API_BASE": "/api"},
    "VITE_WS_BASE": {"VITE_WS_BASE": "https://veda.example"},
    "EMAIL_FROM of two lines": {"EMAIL_FROM": "Veda <noreply@veda.example>\nBcc: me@veda.example"},
    "EMAIL_FROM without an address": {"EMAIL_FROM": "Veda"},
    "EMAIL_URL without a whole path": {"EMAIL_URL": "filemail://mails"},
    "PUBLIC_URL with more than an origin": {"PUBLIC_URL": "https://veda.example/%00?y#z"},
    "PUBLIC_URL with a query": {"PUBLIC_URL": "https://veda.example?y"},
    "PUBLIC_URL with a password": {"PUBLIC_URL": "https://me:hunter2@veda.example"},
    "PUBLIC_URL of two lines": {"PUBLIC_URL": "https://veda.example\nhunter2"},
    "OPERATOR_CONTACT that is neither": {"OPERATOR_CONTACT": "javascript:alert(1)@veda.example"},
    "ADMIN_PATH of the terms": {"ADMIN_PATH": "terms"},
    "ADMIN_PATH of a file": {"ADMIN_PATH": "service-worker.js"},
    "SECRET_KEY_FILE missing": {**PRODUCTION, "SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/hunter2"},
    "SECRET_KEY twice": {**PRODUCTION, "SECRET_KEY_FILE": os.devnull},
    "JWT_SECRET_FILE of a folder": {**PRODUCTION, "JWT_SECRET": "", "JWT_SECRET_FILE": "/"},
    "METRICS_TOKEN missing": {**PRODUCTION, "ENABLE_METRICS": "true"},
    "METRICS_TOKEN short": {**PRODUCTION, "ENABLE_METRICS": "true", "METRICS_TOKEN": "hunter2"},
    "ENABLE_METRICS": {"ENABLE_METRICS": "a bit"},
    "REDIS_URL port": {"REDIS_URL": "redis://:hunter2@host:port/1"},
    "REDIS_URL half a bracket": {"REDIS_URL": "redis://:hunter2@[host/1"},
}

RIGHT = {
    "nothing at all, in DEBUG": ({}, "sqlite3 {data}/veda.sqlite3 None None chat.memory_layer.MemoryLayer"),
    "production": (PRODUCTION, "sqlite3 {data}/veda.sqlite3 None None chat.memory_layer.MemoryLayer"),
    "SQLAlchemy's scheme": (
        {"DATABASE_URL": "postgresql+asyncpg://me:pass@host:5433/veda"},
        "postgresql veda host 5433 chat.memory_layer.MemoryLayer",
    ),
    "POSTGRES_*": (
        {"POSTGRES_DB": "veda", "POSTGRES_HOST": "host"},
        "postgresql veda host 5432 chat.memory_layer.MemoryLayer",
    ),
    "SQLite by address": (
        {"DATABASE_URL": "sqlite:////tmp/other.sqlite3"},
        "sqlite3 /tmp/other.sqlite3 None None chat.memory_layer.MemoryLayer",
    ),
    "Redis": (
        {"REDIS_URL": "redis://host:6379/0"},
        "sqlite3 {data}/veda.sqlite3 None None chat.redis_layer.RedisLayer",
    ),
}


def python(*arguments, data, given):
    """Under these settings and no others."""
    environment = {
        "VEDA_ENV_FILE": "", "PATH": os.environ["PATH"], "HOME": str(data), "DATA_DIR": str(data), "DEBUG": "true",
        **given,
    }  # fmt: skip
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def start(data, given, show=SHOW):
    """What `manage.py shell` says."""
    return python("manage.py", "shell", "--no-imports", "--command", show, data=data, given=given)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_stops_with_one_clear_line(tmp_path, name):
    run = start(tmp_path, WRONG[name])
    assert run.returncode == 1
    assert run.stdout == ""
    (line,) = run.stderr.strip().splitlines()
    assert line.startswith("Veda can't start: ")
    assert name.split()[0] in line
    for secret in ("hunter2", SECRET, SECRET[::-1]):
        assert secret not in line


def test_under_uvicorn_a_wrong_setting_stops_with_one_clear_line_too(tmp_path):
    given = {**PRODUCTION, "JWT_SECRET": "hunter2"}
    run = python("-m", "uvicorn", "veda.asgi:application", "--port", "0", data=tmp_path, given=given)
    assert (run.returncode, run.stdout) == (1, "")
    (line,) = run.stderr.strip().splitlines()
    assert line.startswith("Veda can't start: JWT_SECRET ")


@pytest.mark.parametrize("name", RIGHT)
def test_settings_choose_the_parts(tmp_path, name):
    given, expected = RIGHT[name]
    run = start(tmp_path, given)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip() == expected.format(data=tmp_path)


def test_settings_may_lie_in_another_file_than_dot_env(tmp_path):
    file = tmp_path / "clinic.env"
    file.write_text("OPERATOR_NAME=Sunny Clinic\n")
    show = "from django.conf import settings; print(settings.OPERATOR['name'])"
    run = start(tmp_path, {"VEDA_ENV_FILE": str(file)}, show)
    assert (run.stdout.strip(), run.stderr) == ("Sunny Clinic", "")


PINECONE = {"INDEX_PROVIDER": "pinecone", "PINECONE_API_KEY": "key"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, []),
        ({"PINECONE_API_KEY": "key"}, []),
        (PINECONE, ["Pinecone"]),
        ({**PINECONE, "SKIP_RAG": "true"}, []),
        ({**PINECONE, "PINECONE_CONTROLLER_HOST": "https://pinecone.example"}, ["Pinecone at pinecone.example"]),
        ({**PINECONE, "PINECONE_CONTROLLER_HOST": "http://127.0.0.1:5080"}, []),
    ],
    ids=["as shipped", "key only", "used", "never asked", "elsewhere", "this machine"],
)
def test_pinecone_is_named_to_patients_where_it_is_used(tmp_path, given, named):
    show = "from django.conf import settings; print([each['name'] for each in settings.DATA_RECIPIENTS])"
    run = start(tmp_path, given, show)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip() == str(named)


@pytest.mark.parametrize(
    ("given", "region"), [("", None), ("us-west1-gcp", ("gcp", "us-west1")), ("us-east-1-aws", ("aws", "us-east-1"))]
)
def test_pinecone_env_is_a_region_and_its_cloud(tmp_path, given, region):
    show = "from django.conf import settings; print(settings.PINECONE_REGION)"
    run = start(tmp_path, {"PINECONE_ENV": given}, show)
    assert (run.stdout.strip(), run.stderr) == (str(region), "")


def test_mail_goes_to_the_folder_that_is_named(tmp_path):
    show = "from django.conf import settings; print(settings.EMAIL_FILE_PATH)"
    run = start(tmp_path, {"EMAIL_URL": "filemail:///var/mail/veda"}, show)
    assert (run.returncode, run.stderr, run.stdout.strip()) == (0, "", "/var/mail/veda")


_SECRETS = {
    "SECRET_KEY": "settings.SECRET_KEY",
    "JWT_SECRET": "settings.JWT_SECRET",
    "METRICS_TOKEN": "settings.METRICS_TOKEN",
    "POSTGRES_PASSWORD": "settings.DATABASES['default']['PASSWORD']",
    "GOOGLE_CLIENT_SECRET": "settings.GOOGLE_CLIENT_SECRET",
    "OLLAMA_API_KEY": "settings.OLLAMA_API_KEY",
    "LLM_API_KEY": "settings.LLM_API_KEY",
    "STT_API_KEY": "settings.STT_API_KEY",
    "S3_SECRET": "settings.STORAGES['default']['OPTIONS']['secret_key']",
}


def test_each_secret_may_lie_in_a_file(tmp_path):
    secrets = {name: f"${number}{SECRET}" for number, name in enumerate(_SECRETS)}
    given = {"DEBUG": "false", "ALLOWED_HOSTS": "veda.example", "ENABLE_METRICS": "true", "POSTGRES_DB": "veda",
             "GOOGLE_CLIENT_ID": "an id", "S3_BUCKET": "pictures"}  # fmt: skip
    for name, secret in secrets.items():
        file = tmp_path / name
        file.write_text(secret + "\n")
        given[f"{name}_FILE"] = str(file)
    show = f"from django.conf import settings; print({', '.join(_SECRETS.values())}, sep='\\n')"
    run = start(tmp_path, given, show)
    assert (run.returncode, run.stderr, run.stdout.split()) == (0, "", list(secrets.values()))


def test_in_debug_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path):
    assert start(tmp_path, {}).returncode == 0
    secrets = [tmp_path / "secret_key.txt", tmp_path / "jwt_secret.txt"]
    kept = [file.read_text() for file in secrets]
    assert len(set(kept)) == 2
    assert all(len(secret) == 64 for secret in kept)
    assert [file.stat().st_mode & 0o777 for file in secrets] == [0o600, 0o600]
    assert start(tmp_path, {}).returncode == 0
    assert [file.read_text() for file in secrets] == kept


def test_off_debug_no_secret_is_made(tmp_path):
    assert start(tmp_path, PRODUCTION).returncode == 0
    assert not list(tmp_path.glob("*.txt"))
