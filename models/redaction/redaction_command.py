"""`tonewatch evaluate redaction`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tonewatch.models.redaction.pieces import find_in_pieces
from tonewatch.models.redaction.redaction_metrics import Counts, count
from tonewatch.models.redaction.spoken_lines import FILE, LANGUAGES, Line, Split, read_lines
from tonewatch.workers.redaction.redactor import KINDS

_out = Console(highlight=False)

SPLITS: tuple[Split, ...] = ("train", "held_out")


def evaluate_redaction(
    lines: Annotated[Path, typer.Option(help="Sentences with marked spans, by default those of the package.")] = FILE,
    misses: Annotated[
        bool, typer.Option("--misses", help="Print the lines of `train` that went wrong; those held out stay unseen.")
    ] = False,
    all_misses: Annotated[bool, typer.Option("--all-misses", help="Print those held out too.")] = False,
) -> None:
    """Recall and precision of the redaction of transcripts: what is left of a number, what is marked for nothing."""
    read = read_lines(lines)
    _out.print(table(read))
    for split in SPLITS:
        if all_misses or (misses and split == "train"):
            counts = count([one for one in read if one.split == split], find_in_pieces)
            for what, texts in (("missed", counts.missed), ("needless", counts.needless)):
                for text in texts:
                    _out.print(Text(f"{split} {what}: {text}"), soft_wrap=True)


def table(read: list[Line]) -> Table:
    made = Table("split", "lines", "kind", "spans", "recall", "marks", "precision", "named right")
    for split in SPLITS:
        chosen = [one for one in read if one.split == split]
        for language in LANGUAGES:
            of_it = [one for one in chosen if one.language == language]
            if not of_it and language not in ("en", "de"):
                continue
            made.add_row(*_row(f"{split} {language}", len(of_it), "all", count(of_it, find_in_pieces)))
        made.add_row(*_row(split, len(chosen), "all", count(chosen, find_in_pieces)))
        for kind in KINDS:
            made.add_row(*_row("", None, kind, count(chosen, find_in_pieces, kind)))
    return made


def _row(split: str, lines: int | None, kind: str, counts: Counts) -> tuple[str, ...]:
    named = f"{counts.named}/{counts.found}" if counts.found else ""
    return (
        split,
        "" if lines is None else str(lines),
        kind,
        str(counts.spans),
        f"{counts.recall:.3f}",
        str(counts.marked),
        f"{counts.precision:.3f}",
        named,
    )
