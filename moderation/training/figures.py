"""What cross-validation said, as the table of the model card."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from moderation.training.fitting import Figure
from moderation.training.sentences import NONE

_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"


def table(figures: Iterable[Figure], version: str) -> str:
    figures = list(figures)
    sums: dict[str, list[int]] = {}
    for figure in figures:
        heard, of = sums.setdefault(figure.label, [0, 0])
        sums[figure.label] = [heard + figure.heard, of + figure.of]
    lines = [
        f"Version {version}.",
        "",
        "| label | group | sentences | heard | share, 95 % interval |",
        "|---|---|---|---|---|",
    ]
    for label, (heard, of) in sorted(sums.items(), key=lambda item: (item[0] == NONE, item[0])):
        lines.append(_row(f"**{label}**", "all", heard, of))
        lines += [_row(label, one.group, one.heard, one.of) for one in figures if one.label == label]
    return "\n".join(lines) + "\n"


def _row(label: str, group: str, heard: int, of: int) -> str:
    low, high = interval(heard, of)
    return f"| {label} | {group} | {of} | {heard} | {heard / of:.3f} ({low:.3f}–{high:.3f}) |"


def interval(heard: int, of: int) -> tuple[float, float]:
    """Wilson's, which holds for shares near 0 and 1 too."""
    z, share = 1.96, heard / of
    middle, spread = share + z * z / (2 * of), z * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def write_to_card(card: Path, table: str) -> None:
    """Between the card's marks; a card without them is left alone."""
    if card.exists():
        text = card.read_text(encoding="utf-8")
        marked = re.compile(re.escape(_BEGIN) + ".*?" + re.escape(_END), re.DOTALL)
        card.write_text(marked.sub(lambda _: f"{_BEGIN}\n{table}{_END}", text), encoding="utf-8")
