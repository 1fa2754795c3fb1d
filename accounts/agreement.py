"""Which agreement holds: the terms, and who else gets the data. Where either changes everybody is asked again."""

from __future__ import annotations

import hashlib
import json

from django.conf import settings


def agreement_version() -> str:
    terms: str = settings.TERMS_VERSION
    if not settings.DATA_RECIPIENTS:
        return terms
    recipients = json.dumps(settings.DATA_RECIPIENTS, sort_keys=True).encode()
    return f"{terms}-{hashlib.sha256(recipients).hexdigest()[:8]}"
