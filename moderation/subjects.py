"""What a text tells of within its category, so that the right line comes first. Pure."""

from __future__ import annotations

import re

from moderation.folding import Folder

_SEXUAL = re.compile(
    r"\b(?:rape|raped|rapes|raping|rapist|sexual|sexually|molest\w*|grop(?:e|ed|es|ing)|fondl\w*|incest"
    r"|(?:had|have|has|having) sex|undress\w*|(?:forced|forces|forcing) (?:him|her)self on"
    r"|touch(?:ed|es|ing)? (?:me|her|him|my|us|them)|private parts?)\b"
)
"""Only looked for where violence or abuse was found before: on its own some of this says nothing of the kind."""
_folder = Folder(frozenset({"rape", "raped", "rapes", "raping", "rapist", "molested", "sexual", "sexually"}))


def tells_of_sexual_violence(text: str) -> bool:
    return bool(_SEXUAL.search(_folder.fold(text).text))
