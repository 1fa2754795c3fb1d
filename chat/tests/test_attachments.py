"""Pictures are cleaned; files come and go with their rows."""

from __future__ import annotations

import io
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.utils import timezone
from PIL import Image

from chat import attachments, deletion, services
from chat.models import Attachment, Conversation, Message
from chat.picture_files import LONGEST_SIDE, clean_picture
from chat.tests.hostile_pictures import CLEANED, REFUSED, SECRETS, jpeg_of_scans, plain
from chat.tests.uploads import files_in, store_under
from veda.errors import NotFound, Unavailable, VedaError

SECONDS = 5.0
"""Generous, for a machine with other things to do; without bounds some of these files take minutes."""


def cleaned(data):
    return clean_picture(data, max_pixels=40_000_000)


def timed(work):
    start = time.process_time()
    try:
        return work()
    finally:
        assert time.process_time() - start < SECONDS


# Pictures


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_or_too_much_of_one_is_refused_in_bounded_time(name):
    make, code = REFUSED[name]
    data = make()
    with pytest.raises(VedaError) as refused:
        timed(lambda: cleaned(data))
    assert refused.value.code == code


@pytest.mark.parametrize("name", CLEANED)
def test_a_picture_is_written_anew_from_its_pixels(name):
    make, mime_type, size = CLEANED[name]
    data = make()
    picture = timed(lambda: cleaned(data))
    assert (picture.mime_type, picture.width, picture.height) == (mime_type, *size)
    assert not [secret for secret in SECRETS if secret in picture.data]
    with Image.open(io.BytesIO(picture.data)) as stored:
        stored.load()
        assert (stored.mode, stored.size, stored.get_format_mimetype()) == ("RGB", size, mime_type)
        assert not stored.getexif()
        assert set(stored.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert getattr(stored, "n_frames", 1) == 1


def pixel(picture, at):
    with Image.open(io.BytesIO(picture.data)) as stored:
        return stored.getpixel(at)


def is_near(colour, wanted):
    return all(abs(one - other) < 12 for one, other in zip(colour, wanted, strict=True))


@pytest.mark.parametrize("name", ["a PNG", "a JPEG", "a WebP", "a JPEG with its place",
                                  "a WebP of five thousand frames", "a PNG one can look through"])  # fmt: skip
def test_the_picture_looks_as_before(name):
    picture = cleaned(CLEANED[name][0]())
    assert is_near(pixel(picture, (5, 24)), (200, 30, 30))
    assert is_near(pixel(picture, (58, 24)), (30, 30, 200))


def test_a_picture_held_upright_stands_upright():
    picture = cleaned(CLEANED["a JPEG held upright"][0]())
    assert is_near(pixel(picture, (24, 5)), (200, 30, 30))
    assert is_near(pixel(picture, (24, 58)), (30, 30, 200))


def test_sixteen_bits_are_not_cut_off():
    assert is_near(pixel(cleaned(CLEANED["a PNG of 16 bits"][0]()), (5, 5)), (156, 156, 156))


def test_what_is_transparent_is_white_and_hides_nothing():
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (10, 20, 30, 0)).save(file, "PNG")
    assert pixel(cleaned(file.getvalue()), (4, 4)) == (255, 255, 255)


def test_a_progressive_photo_of_ordinary_scans_is_taken():
    assert cleaned(plain("JPEG", (800, 600), progressive=True)).width == 800
    assert cleaned(jpeg_of_scans(5, (400, 300))).width == 400


def test_bytes_behind_the_end_of_a_photo_count_as_no_scans():
    assert cleaned(plain("JPEG") + b"\xff\xda\0\x02" * 500).width == 64


def test_a_cleaned_picture_is_cleaned_to_the_same_size():
    once = cleaned(plain("JPEG", (3000, 1500)))
    again = cleaned(once.data)
    assert (once.width, once.height) == (again.width, again.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_the_limit_of_pixels_is_a_setting():
    assert clean_picture(plain(size=(10, 10)), max_pixels=100).width == 10
    with pytest.raises(VedaError) as refused:
        clean_picture(plain(size=(10, 11)), max_pixels=100)
    assert refused.value.code == "picture_too_large"


# Files


@pytest.fixture
def uploads(transactional_db, settings, tmp_path):
    """An empty folder for uploads, and files that go when rows do."""
    return store_under(settings, tmp_path)


def left_in(uploads):
    """Files and folders."""
    return sorted(uploads.rglob("*")) if uploads.is_dir() else []


def store(conversation, name="rash.png", metadata=None):
    return attachments.store_picture(conversation, plain(), name=name, metadata=metadata or {})


def test_a_picture_is_stored_under_its_conversation(uploads, conversation):
    attachment = store(conversation, metadata={"width": 64})
    (file,) = (uploads / str(conversation.id)).iterdir()
    assert attachment.file.name == f"uploads/{conversation.id}/{file.name}"
    assert file.name.endswith("_rash.png")
    assert (attachment.size, attachment.width, attachment.height) == (file.stat().st_size, 64, 48)
    assert (attachment.type, attachment.mime_type, attachment.message) == ("image", "image/png", None)
    assert attachment.metadata == {"width": 64}
    assert file.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"


@pytest.mark.parametrize(
    ("name", "ending"),
    [("rash.JPG", "_rash.png"), ("../../etc/passwd", "_passwd.png"), ("..\\..\\boot.ini", "_boot.png"),
     ("\u202egnp.exe", "_gnp.png"), ("a\x00b\x1b[31m.png", "_ab31m.png"), ("Müller's Haut.webp", "_mullers-haut.png"),
     ("皮疹.png", "_picture.png"), ("", "_picture.png"), (".", "_picture.png"), ("....png", "_picture.png"),
     ("x" * 500 + ".png", "_" + "x" * 70 + ".png"), ('a"; filename="b.html', "_a-filenameb.png"),
     ("a\r\nSet-Cookie: b.png", "_a-set-cookie-b.png"), ("<script>.png", "_script.png"), ("%2e%2e%2f", "_2e2e2f.png")],
)  # fmt: skip
def test_a_name_is_made_safe(uploads, conversation, name, ending):
    stored = Path(store(conversation, name).file.name).name
    assert stored.endswith(ending), stored
    assert stored.isascii()
    assert set(stored) <= set("abcdefghijklmnopqrstuvwxyzT0123456789-_.")


def test_the_same_picture_twice_is_two_files(uploads, conversation):
    names = {store(conversation).file.name for _ in range(5)}
    assert len(names) == len(list((uploads / str(conversation.id)).iterdir())) == 5


def test_nothing_is_left_of_a_deleted_conversation(uploads, conversation, owner):
    bystander = store(Conversation.objects.create(user=owner))
    store(conversation)
    sent = store(conversation)
    services.send_message(user=owner, conversation_id=conversation.id, content="", attachment_ids=[sent.id])
    deletion.delete_conversation(conversation=conversation)
    assert left_in(uploads) == [uploads / str(bystander.conversation_id), uploads.parent / bystander.file.name]
    assert list(Attachment.objects.all()) == [bystander]


def test_nothing_is_left_of_a_deleted_account(uploads, conversation, owner):
    store(conversation)
    owner.delete()
    assert left_in(uploads) == []


def test_a_deletion_that_is_taken_back_leaves_the_files(uploads, conversation):
    attachment = store(conversation)
    with transaction.atomic():
        conversation.delete()
        transaction.set_rollback(True)
    assert default_storage.exists(attachment.file.name)


def test_a_file_that_a_killed_process_left_goes_with_the_conversation(uploads, conversation):
    store(conversation)
    (uploads / str(conversation.id) / "half-written.png").write_bytes(b"\x89PNG")
    conversation.delete()
    assert left_in(uploads) == []


def test_files_that_cant_be_removed_break_no_deletion(uploads, conversation, monkeypatch, logged):
    store(conversation, name="peculiarwords.png")

    def broken(self, name):
        raise PermissionError(13, "Permission denied", name)

    monkeypatch.setattr(FileSystemStorage, "delete", broken)
    conversation.delete()
    assert not Conversation.objects.exists()
    assert [line for line in logged() if "can't be removed: PermissionError" in line]
    assert not [line for line in logged() if "peculiarwords" in line]


def test_a_file_that_cant_be_stored_leaves_no_row(uploads, conversation, monkeypatch, logged):
    def full(self, name, content):
        raise OSError(28, "No space left on device", name)

    monkeypatch.setattr(FileSystemStorage, "save", full)
    with pytest.raises(Unavailable):
        store(conversation, name="peculiarwords.png")
    assert not Attachment.objects.exists()
    assert not [line for line in logged() if "peculiarwords" in line]


def test_a_picture_for_a_conversation_that_is_gone_leaves_nothing(uploads, conversation):
    Conversation.objects.all().delete()
    with pytest.raises(NotFound):
        store(conversation)
    assert left_in(uploads) == []


def test_a_conversation_deleted_while_its_picture_is_stored_keeps_nothing(uploads, conversation, monkeypatch):
    save = FileSystemStorage.save

    def save_late(self, name, content):
        Conversation.objects.all().delete()
        return save(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "save", save_late)
    with pytest.raises(NotFound):
        store(conversation)
    assert left_in(uploads) == []
    assert not Attachment.objects.exists()


# What was never sent


def make_older(attachment, **age):
    Attachment.objects.filter(id=attachment.id).update(created_at=timezone.now() - timedelta(**age))


def test_what_no_send_named_within_a_day_is_removed(uploads, conversation, owner):
    fresh, old, sent = store(conversation), store(conversation), store(conversation)
    services.send_message(user=owner, conversation_id=conversation.id, content="", attachment_ids=[sent.id])
    for attachment in (old, sent):
        make_older(attachment, days=1, minutes=1)
    make_older(fresh, hours=23)
    assert attachments.remove_unsent() == 1
    assert set(Attachment.objects.all()) == {fresh, sent}
    assert not default_storage.exists(old.file.name)
    assert default_storage.exists(fresh.file.name)
    assert default_storage.exists(sent.file.name)
    assert attachments.remove_unsent() == 0
    assert attachments.remove_unsent(timedelta(0)) == 1


def test_two_processes_remove_each_unsent_once(uploads, conversation, at_once):
    for _ in range(12):
        make_older(store(conversation), days=2)
    assert sum(at_once(attachments.remove_unsent, 4)) == 12
    assert not Attachment.objects.exists()
    assert files_in(uploads) == []


def test_an_attachment_that_is_sent_while_it_is_removed_is_one_or_the_other(uploads, conversation, owner, at_once):
    for _ in range(5):
        attachment = store(conversation)
        make_older(attachment, days=2)
        steps = iter(["send", "remove"])

        def either(attachment=attachment, steps=steps):
            if next(steps) == "remove":
                return attachments.remove_unsent()
            try:
                return services.send_message(
                    user=owner, conversation_id=conversation.id, content="", attachment_ids=[attachment.id]
                )
            except VedaError as error:
                return error.code

        outcomes = at_once(either, 2)
        removed = 1 in outcomes
        assert ("unknown_attachment" in outcomes) is removed
        assert default_storage.exists(attachment.file.name) is not removed
        assert Message.objects.filter(attachments=attachment.id).exists() is not removed
        Message.objects.all().delete()


def test_folders_whose_conversation_is_gone_are_removed(uploads, conversation):
    attachment = store(conversation)
    gone = uploads / "0b0b0b0b-0000-4000-8000-000000000000"
    gone.mkdir()
    (gone / "left.png").write_bytes(b"\x89PNG")
    (uploads / "notes of the operator").mkdir()
    assert attachments.remove_leftovers() == 1
    assert not gone.exists()
    assert default_storage.exists(attachment.file.name)
    assert (uploads / "notes of the operator").exists()
    assert attachments.remove_leftovers() == 0


def test_where_nothing_was_ever_uploaded_nothing_is_left_over(uploads):
    assert attachments.remove_leftovers() == 0
    assert attachments.remove_unsent() == 0


# For the model


def test_the_model_gets_the_pictures_in_the_order_of_the_message(uploads, conversation, owner):
    first, second = store(conversation), store(conversation)
    sent = services.send_message(
        user=owner, conversation_id=conversation.id, content="", attachment_ids=[second.id, first.id]
    )
    pictures = attachments.pictures_of(sent.message.id)
    assert [picture.mime_type for picture in pictures] == ["image/png"] * 2
    assert [len(picture.data) for picture in pictures] == [second.size, first.size]
    assert [row.id for row in sent.message.attachments.all()] == [second.id, first.id]
    default_storage.delete(second.file.name)
    assert len(attachments.pictures_of(sent.message.id)) == 1
