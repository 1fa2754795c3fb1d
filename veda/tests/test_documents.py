"""The committed documents are what the code makes: whoever changes the interface changes them in the same commit."""

from __future__ import annotations

import io
import json
from pathlib import Path

from django.core.management import call_command

DOCS = Path(__file__).resolve().parents[2] / "docs"
MEND = "run `make contracts` and look at the difference"


def test_the_openapi_document_is_current():
    made = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=made)
    assert (DOCS / "openapi.yaml").read_text() == made.getvalue().rstrip("\n") + "\n", MEND


def test_the_frame_schema_is_current():
    made = io.StringIO()
    call_command("export_frames_schema", stdout=made)
    assert json.loads((DOCS / "frames.schema.json").read_text()) == json.loads(made.getvalue()), MEND
