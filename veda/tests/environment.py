"""Loaded before Django's settings (see `addopts`): tests never touch a developer's data, `.env` or services.

TEST_DATABASE_URL and TEST_REDIS_URL choose PostgreSQL and Redis; without them SQLite and in-memory parts serve.
"""

import atexit
import os
import shutil
import tempfile

_data = os.environ.get("VEDA_TEST_DATA_DIR") or tempfile.mkdtemp(prefix="veda-tests-")
if "VEDA_TEST_DATA_DIR" not in os.environ:
    atexit.register(shutil.rmtree, _data, ignore_errors=True)


def _redis_url() -> str:
    """Workers that run beside each other have a database each: emptying the cache empties it."""
    url = os.environ.get("TEST_REDIS_URL", "")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    return f"{url.rsplit('/', 1)[0]}/{int(worker) + 1}" if url and worker else url


os.environ.update(
    VEDA_ENV_FILE="",
    DEBUG="true",
    DATA_DIR=_data,
    SECRET_KEY="tests-only-" + "0" * 32,
    JWT_SECRET="tests-only-" + "1" * 32,
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL", ""),
    POSTGRES_DB="",
    REDIS_URL=_redis_url(),
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    CORS_ALLOWED_ORIGINS="http://localhost:5173",
    LLM_PROVIDER="auto",
    OLLAMA_URL="http://127.0.0.1:1",  # nobody listens there: a developer's own models stay out of the tests
    USE_DEV_LLM="false",
    SKIP_RAG="false",
    ENABLE_MODERATION="true",
    LOG_DIR="",
)
_AS_SHIPPED = """TERMS_VERSION OPERATOR_NAME OPERATOR_CONTACT TERMS_URL PRIVACY_URL
    JWT_ALG MAX_MESSAGE_CHARS MAX_REPLIES_AT_ONCE MAX_REPLIES_QUEUED MAX_REPLIES_PER_USER REPLY_TIMEOUT_SECONDS
    OLLAMA_API_KEY LLM_ENDPOINT LLM_API_KEY ANSWER_MODEL SUMMARY_MODEL VISION_MODEL EMBEDDING_MODEL SPEECH_MODEL
    EMBED_PROVIDER MINILM_FOLDER
    INDEX_PROVIDER PINECONE_API_KEY PINECONE_INDEX PINECONE_ENV PINECONE_CONTROLLER_HOST
    MODEL_CONTEXT_TOKENS ANSWER_MAX_TOKENS MODEL_KEEP_ALIVE MODEL_CONNECT_SECONDS MODEL_FIRST_TOKEN_SECONDS
    MODEL_NEXT_TOKEN_SECONDS SKIP_SUMMARIZER SKIP_VISION STT_PROVIDER STT_URL STT_API_KEY SPEECH_LANGUAGE
    STT_TIMEOUT_SECONDS MAX_TRANSCRIPTIONS_AT_ONCE AUDIO_MAX_SECONDS UPLOAD_MAX_BYTES PICTURE_MAX_PIXELS
    S3_BUCKET S3_REGION S3_KEY S3_SECRET GOOGLE_CLIENT_ID GOOGLE_CLIENT_SECRET GOOGLE_OAUTH_REDIRECT_URI GOOGLE_ISSUER
    DUTY_HOURS DUTY_TIME_ZONE ALERT_EMAILS ALERT_WEBHOOK_URL ALERT_SECOND_EMAILS ALERT_SECOND_WEBHOOK_URL
    ALERT_REPEAT_MINUTES ALERT_TIMEOUT_SECONDS
    PUBLIC_URL EMAIL_URL EMAIL_FROM REGISTRATION MINIMUM_AGE STAFF_SECOND_FACTOR ADMIN_PATH TRUSTED_PROXIES
    CONVERSATION_RETENTION_DAYS AUDIT_RETENTION_DAYS ENABLE_METRICS METRICS_TOKEN BACKUP_RECIPIENT"""
for _name in _AS_SHIPPED.split():
    os.environ[_name] = ""
