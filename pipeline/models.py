"""The knowledge base. The rows are the truth; an index can always be built from them again."""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    class Status(models.TextChoices):
        DRAFTED = "drafted"
        REVIEWED = "reviewed"

    SHIPPED, STAFF = "shipped", "staff"
    """Origins that no source from outside may have."""

    slug = models.SlugField(max_length=120, unique=True)
    origin = models.CharField(max_length=32, default=SHIPPED, db_index=True, help_text="the source that brought it")
    title = models.CharField(max_length=300)
    category = models.CharField(max_length=32)
    names = models.JSONField(default=list, help_text="lay names and synonyms")
    references = models.JSONField(default=list, help_text="title, publisher, url and day of reading of each page")
    body = models.TextField()
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFTED)
    clinically_reviewed_by = models.CharField(max_length=150, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)
    review_due = models.DateField(null=True, blank=True)
    content_hash = models.CharField(max_length=64, editable=False)
    """Of the document as it stands, which is what a clinician signs."""
    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)
    """Of what the source had when it was loaded last."""
    edited_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="by staff: what the source brings doesn’t replace it any more"
    )
    retired_at = models.DateTimeField(null=True, blank=True, help_text="set: no answer quotes it")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]
        permissions = [("sign_off_document", "Can sign a health topic off, as a clinician")]

    def __str__(self) -> str:
        return self.title

    @property
    def clinically_reviewed(self) -> bool:
        return bool(self.clinically_reviewed_by and self.reviewed_on)

    @property
    def from_outside(self) -> bool:
        """Whether nobody of Veda wrote it and checked it against its sources: until a clinician signs it off, its doses
        aren't quoted."""
        return self.origin != self.SHIPPED or self.edited_at is not None


class Passage(models.Model):
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    urgent = models.BooleanField(default=False)
    marks = models.JSONField(default=list, help_text="numbers of the document's references, from 1")

    class Meta:
        ordering = ["document", "position"]
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="passage_position_unique")]

    def __str__(self) -> str:
        return f"{self.document_id} {self.position}"
