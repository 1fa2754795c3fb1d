"""What a text tells of within its category."""

from __future__ import annotations

import pytest

from moderation.subjects import tells_of_sexual_violence


@pytest.mark.parametrize(
    ("text", "sexual"),
    [
        ("I was raped last night", True),
        ("He R4PED me", True),
        ("my uncle keeps touching me", True),
        ("my boyfriend makes me have sex with him", True),
        ("she was sexually assaulted", True),
        ("my husband hits me", False),
        ("he threatens to take the kids", False),
        ("I ate grapes and he hit me", False),
    ],
)
def test_sexual_violence_is_told_from_other_violence(text, sexual):
    assert tells_of_sexual_violence(text) is sexual
