from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage

from accounts import mail


@pytest.fixture
def mailed(transactional_db: None) -> Callable[[], list[EmailMessage]]:
    """Every mail so far, once all that were to be sent are."""

    def so_far() -> list[EmailMessage]:
        mail.drain()
        return django_mail.outbox

    return so_far
