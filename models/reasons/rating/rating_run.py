"""The two halves of a rating: a sheet out of an evaluation's reasons, and a summary out of its scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from tonewatch.models.output import write_file
from tonewatch.models.reasons.asking import ExplainedMoment
from tonewatch.models.reasons.rating.faults import FAULTS
from tonewatch.models.reasons.rating.page import sheet_page
from tonewatch.models.reasons.rating.scores import DIMENSIONS, read_scores
from tonewatch.models.reasons.rating.sheet import Key, make_sheet, read_key, write_sheet
from tonewatch.models.reasons.rating.summary import Mean, Summary, summarise
from tonewatch.models.reasons.rating.texts import of_file, of_run


def make(folder: Path, records: Sequence[ExplainedMoment], texts: Sequence[str], seed: int) -> Key:
    """Write the sheet for these moments; `texts`: further sources, as `NAME=FILE`.

    Raises:
        SettingsError: a file of texts is none.
        StoreError: the folder cannot be written.
    """
    written = of_run(records)
    known = {one.moment: one.facts for one in written}
    for spec in texts:
        written += of_file(spec, known)
    sheet, key = make_sheet(written, seed)
    write_sheet(folder, sheet, key, sheet_page(sheet))
    return key


def read(folder: Path, files: Sequence[Path], json_file: Path, seed: int) -> Summary:
    """Read scores of the folder's sheet back and write the summary, each score with what wrote and what rated the text.

    Raises:
        SettingsError: no sheet there, or a file holds no scores of it.
        StoreError: the summary cannot be written.
    """
    key = read_key(folder)
    found = summarise(key, read_scores(files, key), seed)
    data = msgspec.json.format(msgspec.json.encode(found), indent=1)
    write_file(json_file, data + b"\n", "the summary", "file by --json")
    return found


def show(console: Console, found: Summary) -> None:
    """One column for each source; the last column is the raters' agreement."""
    table = Table("", *found.sources, "alpha", box=None)
    for name in DIMENSIONS:
        alpha = found.alpha[name]
        means = (_shown(one.means.get(name)) for one in found.sources.values())
        table.add_row(name, *means, "-" if alpha is None else f"{alpha:.2f}")
    table.add_row("texts", *(str(one.texts) for one in found.sources.values()))
    table.add_row("no text", *(str(one.silent) for one in found.sources.values()))
    for fault in FAULTS:
        table.add_row(fault.replace("_", " "), *(str(one.faults[fault]) for one in found.sources.values()))
    console.print(table)
    raters = dict.fromkeys(f"{one.rater} ({one.rated_by})" for one in found.scores)
    console.print(f"rated by {', '.join(raters) or 'nobody'}")


def _shown(mean: Mean | None) -> str:
    if mean is None:
        return "-"
    return f"{mean.mean:.2f}" + (f" [{mean.interval[0]:.2f}, {mean.interval[1]:.2f}]" if mean.interval else "")
