"""Addresses that a person would take for another's, like one with a Cyrillic "а"."""

from __future__ import annotations

SKELETON_CHARS = 1016
_ASCII_ALIKE = str.maketrans("i1|0", "lllo")


def skeleton(email_key: str) -> str:
    """Alike for addresses that look alike. `email_key` is the folded address."""
    letters = (char if char.isascii() else _ascii_form(char) for char in as_shown(email_key))
    return "".join(letters).lower().translate(_ASCII_ALIKE)[:SKELETON_CHARS]


def as_shown(email_key: str) -> str:
    """With an international domain as programs show it: `xn--…` is the same domain in other letters."""
    local, at, domain = email_key.rpartition("@")
    return local + at + ".".join(_label_as_shown(label) for label in domain.split("."))


def _label_as_shown(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        shown = label[4:].encode("ascii").decode("punycode")
        shown.encode()  # half a surrogate pair decodes, and no database takes it
    except (UnicodeError, ValueError):
        return label
    return shown


def _ascii_form(char: str) -> str:
    from confusable_homoglyphs.confusables import confusables_data  # here: its tables take six megabytes

    return next((alike["c"] for alike in confusables_data.get(char, ()) if alike["c"].isascii()), char)
