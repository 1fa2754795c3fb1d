"""Uploads in S3, against a server that speaks it: the settings as they ship, nothing replaced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from accounts.tests.factories import PASSWORD
from chat import attachments, services
from chat.models import Attachment
from chat.tests.exports import exported
from chat.tests.hostile_pictures import plain
from chat.tests.uploads import picture
from veda.errors import NotFound, Unavailable

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "veda-uploads"
SETTINGS = {"S3_BUCKET": BUCKET, "S3_REGION": "eu-central-1", "S3_KEY": "key-id", "S3_SECRET": "hunter2"}
SHOW = "import json; from django.conf import settings; print(json.dumps(settings.STORAGES['default'], default=str))"


def storage_of(**environment):
    """What the settings make of an environment, in a process of its own."""
    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "veda.settings", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(shown.stdout)


@pytest.fixture(scope="module")
def shipped():
    return storage_of(**SETTINGS)


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server, shipped, settings, monkeypatch):
    """The bucket, empty; whoever opens the storage finds it there."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings.S3_BUCKET = BUCKET
    settings.STORAGES = {**settings.STORAGES, "default": shipped}
    s3 = boto3.resource(
        "s3", region_name="eu-central-1", aws_access_key_id="operator", aws_secret_access_key="operator"
    )
    bucket = s3.Bucket(BUCKET)
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def keys(bucket):
    return [item.key for item in bucket.objects.all()]


@pytest.fixture
def stored(bucket, owner, conversation):
    return services.add_attachment(user=owner, conversation_id=conversation.id, file=picture(), metadata={})


def test_the_settings_choose_where_uploads_lie(shipped):
    local = storage_of(S3_BUCKET="", S3_REGION="", S3_KEY="", S3_SECRET="")
    assert local["BACKEND"] == "django.core.files.storage.FileSystemStorage"
    assert shipped["BACKEND"] == "storages.backends.s3.S3Storage"
    assert (
        shipped["OPTIONS"] | {"region_name": "eu-central-1", "access_key": "key-id", "secret_key": "hunter2"}
        == (shipped["OPTIONS"])
    )
    assert (shipped["OPTIONS"]["querystring_expire"], shipped["OPTIONS"]["default_acl"]) == (60, None)
    by_role = storage_of(S3_BUCKET=BUCKET, S3_REGION="", S3_KEY="", S3_SECRET="")
    assert (by_role["OPTIONS"]["access_key"], by_role["OPTIONS"]["secret_key"]) == (None, None)


def test_a_picture_is_stored_in_the_bucket_and_nowhere_else(bucket, conversation, stored, settings):
    assert keys(bucket) == [stored.file.name]
    item = bucket.Object(stored.file.name)
    assert (item.content_length, item.content_type) == (stored.size, "image/png")
    assert not (Path(settings.DATA_DIR) / "uploads" / str(conversation.id)).exists()
    grants = bucket.Object(stored.file.name).Acl().grants
    assert not [grant for grant in grants if "URI" in grant["Grantee"]], "nobody but the owner of the bucket"


def test_the_owner_is_sent_to_an_address_that_holds_for_a_minute(client_of, owner, stored, server):
    answer = client_of(owner).get(stored.url)
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "private, no-store"
    address = answer["Location"]
    query = parse_qs(urlsplit(address).query)
    assert address.startswith(server)
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - signed).total_seconds()) < 60
    assert "hunter2" not in address
    file = httpx.get(address, trust_env=False)
    assert file.status_code == 200
    assert len(file.content) == stored.size
    assert file.headers["content-type"] == "image/png"
    assert file.headers["content-disposition"] == attachments.disposition(stored)
    assert file.headers["cache-control"] == "private, no-store"


def test_others_are_sent_nowhere(client_of, outsider, colleague, stored, error_of):
    for user in (None, outsider, colleague):
        answer = client_of(user).get(stored.url)
        assert (answer.status_code, error_of(answer)) == (404, "not_found")
        assert "Location" not in answer


def test_a_deleted_conversation_leaves_nothing_in_the_bucket(client_of, owner, conversation, stored, bucket):
    bucket.put_object(Key=f"uploads/{conversation.id}/left-by-a-killed-process.png", Body=b"\x89PNG")
    assert client_of(owner).delete(f"/api/conversations/{conversation.id}").status_code == 204
    assert keys(bucket) == []


def test_a_deleted_account_leaves_nothing_in_the_bucket(client_of, owner, stored, bucket):
    assert client_of(owner).delete("/api/account", {"password": PASSWORD}, format="json").status_code == 204
    assert keys(bucket) == []


async def test_an_export_has_the_pictures_of_the_bucket(owner, stored):
    archive = await exported(owner)
    assert len(archive.read(stored.path.replace("uploads", "pictures"))) == stored.size


def test_what_is_left_over_is_found_in_the_bucket_too(bucket, stored):
    bucket.put_object(Key="uploads/0b0b0b0b-0000-4000-8000-000000000000/left.png", Body=b"\x89PNG")
    assert attachments.remove_leftovers() == 1
    assert keys(bucket) == [stored.file.name]


def test_the_model_gets_a_picture_from_the_bucket(owner, conversation, stored):
    sent = services.send_message(user=owner, conversation_id=conversation.id, content="", attachment_ids=[stored.id])
    (seen,) = attachments.pictures_of(sent.message.id)
    assert (len(seen.data), seen.mime_type) == (stored.size, "image/png")


def test_a_file_that_is_gone_from_the_bucket_is_left_out(owner, conversation, stored, bucket):
    sent = services.send_message(user=owner, conversation_id=conversation.id, content="", attachment_ids=[stored.id])
    bucket.Object(stored.file.name).delete()
    assert attachments.pictures_of(sent.message.id) == ()
    with pytest.raises(NotFound):
        attachments.open_file(stored)


def test_a_bucket_that_is_none_leaves_no_row(owner, conversation, bucket, settings, logged):
    options = {**settings.STORAGES["default"]["OPTIONS"], "bucket_name": "no-such-bucket"}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    with pytest.raises(Unavailable):
        attachments.store_picture(conversation, plain(), name="peculiarwords.png", metadata={})
    assert not Attachment.objects.exists()
    lines = [line for line in logged() if " werkzeug " not in line]  # the server's own
    assert [line for line in lines if "can't be stored" in line]
    assert not [line for line in lines if "peculiarwords" in line or "hunter2" in line]
