"""`tonewatch bench prosody`: our prosody beside Praat's, at telephone band."""

from __future__ import annotations

import os
import platform
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
from tonewatch.models.prosody.bench import Bench, chosen, run
from tonewatch.models.prosody.reading import ProsodyMetrics
from tonewatch.workers.pitch import FLOOR_HZ

_out = Console()
_progress = Console(stderr=True)


def prosody(
    data: Annotated[
        Path | None,
        typer.Option(help="A folder of corpora with a manifest.csv each, or one of them. [env: TONEWATCH_DATA]"),
    ] = None,
    clips: Annotated[int, typer.Option(min=1, help="Clips of each corpus, as many of each speaker.")] = 60,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the metrics here.")] = None,
) -> None:
    """Pitch, syllable rate, level and pauses at telephone band, ours and Praat's, against Praat at full band."""
    folder = corpora.data_root(data)
    if json_file is not None:
        make_folder(json_file.parent)
    command = f"tonewatch bench prosody --data {folder.name} --clips {clips}"
    found = Bench(machine=machine(), command=command, rows=run(chosen(folder, clips), _tracked))
    if json_file is not None:
        write_file(json_file, msgspec.json.format(msgspec.json.encode(found)), "the metrics", "--json")
    _out.print(f"{found.command}\n{found.machine}", markup=False, soft_wrap=True)
    _out.print(table(found))
    _out.print(f"F0 from {FLOOR_HZ:.0f} Hz; the reference is Praat on the recordings as they are", style="dim")


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def table(found: Bench) -> Table:
    columns = (
        "clips",
        "gross %",
        "voicing %",
        "cents",
        "median st",
        "right %",
        "sure: right %",
        "rate syl/s",
        "rate r",
    )
    shown = Table(box=SIMPLE_HEAD)
    shown.add_column("", no_wrap=True)
    for column in ("", *columns, "level dB", "pauses %", "ms/s"):
        shown.add_column(column)
    for method, rows in found.rows.items():
        for corpus, row in rows.items():
            shown.add_row(method, corpus, *_cells(row))
    return shown


def _cells(row: ProsodyMetrics) -> tuple[str, ...]:
    return (
        str(row.clips),
        _number(row.gross_error, 100, 1),
        _number(row.voicing_error, 100, 1),
        _number(row.cents, 1, 0),
        _number(row.median_st, 1, 2),
        _number(row.median_right, 100, 0),
        _number(row.sure_right, 100, 0),
        _number(row.rate_syl_per_s, 1, 2),
        _number(row.rate_correlation, 1, 2),
        _number(row.level_db, 1, 1),
        _number(row.pause_share, 100, 1),
        _number(row.ms_per_s, 1, 1),
    )


def _number(value: float | None, by: float, digits: int) -> str:
    return "-" if value is None else f"{value * by:.{digits}f}"


def _tracked(clips: Sequence[corpora.Clip], name: str) -> Iterable[corpora.Clip]:
    return track(clips, description=name, console=_progress, transient=True)
