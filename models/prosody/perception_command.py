"""`tonewatch evaluate prosody`: are pitch, level, rate, intonation and stress heard right over a telephone line?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tonewatch.models import corpora
from tonewatch.models.output import make_folder, write_file
from tonewatch.models.prosody import praat
from tonewatch.models.prosody.bench import chosen
from tonewatch.models.prosody.perception import MEASURES, PAPER, Accuracy, accuracies, read_pairs
from tonewatch.models.prosody.prosody_command import machine

_out = Console()
_progress = Console(stderr=True)


class Perception(msgspec.Struct, frozen=True, kw_only=True):
    """`rows`: corpus -> measure -> accuracy; `overall`: measure -> the mean over the corpora."""

    machine: str
    command: str
    rows: dict[str, dict[str, Accuracy]]
    overall: dict[str, float]


def perception(
    data: Annotated[
        Path | None,
        typer.Option(help="A folder of corpora with a manifest.csv each, or one of them. [env: TONEWATCH_DATA]"),
    ] = None,
    clips: Annotated[int, typer.Option(min=6, help="Clips of each corpus, as many of each speaker.")] = 60,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the accuracies here.")] = None,
) -> None:
    """Classes of pitch, level and rate, intonation and stress at telephone band, against readings at full band."""
    praat.load()
    folder = corpora.data_root(data)
    if json_file is not None:
        make_folder(json_file.parent)
    rows = {name: accuracies(read_pairs(own, _tracked)) for name, own in chosen(folder, clips).items()}
    command = f"tonewatch evaluate prosody --data {folder.name} --clips {clips}"
    found = Perception(machine=machine(), command=command, rows=rows, overall=overall(rows))
    if json_file is not None:
        write_file(json_file, msgspec.json.format(msgspec.json.encode(found)), "the accuracies", "--json")
    _out.print(f"{found.command}\n{found.machine}", markup=False, soft_wrap=True)
    _out.print(table(found))
    _out.print("right of all clips whose reference is known; unanswered counts as wrong", style="dim")


def overall(rows: dict[str, dict[str, Accuracy]]) -> dict[str, float]:
    """Each corpus counts alike."""
    found = {name: [row[name].right for row in rows.values() if name in row] for name in MEASURES}
    return {name: sum(values) / len(values) for name, values in found.items() if values}


def table(found: Perception) -> Table:
    """A row a measure: right in each corpus, in all, answered, and the paper's."""
    shown = Table(box=SIMPLE_HEAD)
    for column in ("%", *found.rows, "all", "answered", "paper"):
        shown.add_column(column)
    for name in found.overall:
        known = [row[name] for row in found.rows.values() if name in row]
        answered = sum(one.answered for one in known) / len(known)
        cells = (_percent(row[name].right if name in row else None) for row in found.rows.values())
        shown.add_row(name, *cells, *map(_percent, (found.overall[name], answered, PAPER[name])))
    return shown


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f}"


def _tracked(clips: Sequence[corpora.Clip]) -> Iterable[corpora.Clip]:
    return track(clips, description=clips[0].corpus, console=_progress, transient=True)
