"""Where the search index lies: a folder that is built anew and swapped, and what is said of the one in use.

`folder` holds `passages-<number>/` and `current`, which names the number. Files that a reader still has open are left
to the next build to remove (Windows can't sooner).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.facts import maker
from pipeline.protocols import Embedder, VectorStore
from pipeline.providers.embedded_vectors import EMBEDDED

FORMAT = 4
TITLES = Path("vectors", "titles.npy")


@dataclass(frozen=True, slots=True)
class About:
    """What an index is made of."""

    number: int
    size: int
    """Passages."""
    embedder: str
    """Name, dimension and fingerprint; empty: it has no vectors."""
    facts: str
    """The maker of the facts that it keeps; empty: it keeps none."""
    store: str
    """Where the vectors are."""

    @property
    def keeps_facts(self) -> bool:
        """False too where they are of another maker."""
        return self.facts == maker()


def place_of(folder: Path, number: int) -> Path:
    return folder / f"passages-{number}"


def current_number(folder: Path) -> int | None:
    try:
        return int((folder / "current").read_text())
    except (OSError, ValueError):
        return None


def publish(folder: Path, made: Path) -> int:
    """Makes it the current one, and returns its number.

    Another process may publish at the same time: whoever comes second takes the next number.
    """
    number = (current_number(folder) or 0) + 1
    while True:
        try:
            made.rename(place_of(folder, number))
            break
        except OSError:
            if not place_of(folder, number).exists():
                raise
            number += 1
    fresh = folder / f"current.{number}"
    fresh.write_text(str(number))
    os.replace(fresh, folder / "current")
    return number


def about(folder: Path) -> About | None:
    """Of the current index; None: there is none that this Veda can read."""
    number = current_number(folder)
    try:
        data = json.loads((place_of(folder, number or 0) / "about.json").read_text())
    except (OSError, ValueError):
        return None
    if data["format"] != FORMAT:
        return None
    return About(number or 0, data["size"], data["embedder"], data["facts"], data.get("store", EMBEDDED.name))


def is_of(folder: Path, embedder: Embedder | None, store: VectorStore = EMBEDDED) -> bool:
    """Whether the current index can be read, has this embedder's vectors, kept there, and, if it keeps facts, those
    that this code makes: else it is to be built anew."""
    found = about(folder)
    if found is None or found.facts not in ("", maker()):
        return False
    return found.embedder == signature(embedder) and found.store == store.name


def signature(embedder: Embedder | None) -> str:
    return f"{embedder.name}, {embedder.dimension} dimensions, {embedder.fingerprint()[:16]}" if embedder else ""
