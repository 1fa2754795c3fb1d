"""Finds and replaces what `module:name` and `module:Class.name` name. What isn't there raises AttributeError."""

from __future__ import annotations

import sys
from functools import reduce
from importlib import import_module
from typing import Any


def find(path: str) -> Any:
    holder, name = _place(path)
    return getattr(holder, name)


def replace(path: str, after: object) -> None:
    """In its own place, and in all modules that imported it by its name."""
    holder, name = _place(path)
    before = getattr(holder, name)
    setattr(holder, name, after)
    for module in list(sys.modules.values()):
        if module.__dict__.get(name) is before:
            setattr(module, name, after)


def _place(path: str) -> tuple[Any, str]:
    module, _, dotted = path.partition(":")
    *owners, name = dotted.split(".")
    return reduce(getattr, owners, import_module(module)), name
