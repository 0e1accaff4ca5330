"""Judged alerts as files: all verdicts for analysts, and a manifest of their clips for evaluation and training."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from tonewatch.dashboard.review.table import COLUMNS, Judged, JudgedCalls, verdict_rows
from tonewatch.stream.archive.review.judged import labels_of
from tonewatch.stream.archive.review.precision import together

MANIFEST_COLUMNS: Final = (
    "path",
    "corpus",
    "speaker",
    "emotion",
    "emotion4",
    "language",
    "text",
    "dialogue",
    "licence",
)
"""Those of a manifest of `tonewatch evaluate emotion` and `tonewatch train encoder`."""

EMOTIONS: Final = ("angry", "happy", "neutral", "sad")


def verdicts_csv(judged: Judged, calls: JudgedCalls = ()) -> str:
    """A line a verdict, as `table.py` has it."""
    return _text(COLUMNS, verdict_rows(judged, calls))


def manifest_csv(
    judged: Judged, clips: Mapping[str, Sequence[Path]], emotions: Mapping[str, str], texts: Mapping[Path, str]
) -> str:
    """A line for each kept clip of an alert that people agree on, in the format of `models/corpora/manifest.py`.

    `emotion` is what people say; `emotion4` the emotion that the alert named, where they say that it was right, and
    empty elsewhere: that an alert was wrong does not tell what the caller felt.
    """
    rows = []
    for moment, given in judged:
        agreed = together(labels_of(given).values())
        named = emotions.get(moment.alert_id, "") if agreed == "right" else ""
        for path in () if agreed == "disputed" else clips.get(moment.alert_id, ()):
            rows.append(
                {
                    "path": path.as_posix(),
                    "corpus": "review",
                    "speaker": moment.call_id,
                    "emotion": agreed,
                    "emotion4": named if named in EMOTIONS else "",
                    "text": texts.get(path, ""),
                    "dialogue": moment.call_id,
                }
            )
    return _text(MANIFEST_COLUMNS, rows)


def _text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return file.getvalue()


def _cell(value: object) -> str:
    """Text that a spreadsheet would take for a formula is made text: people and callers wrote it."""
    text = (
        "" if value is None else value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else str(value)
    )
    is_formula = text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(("=", "+", "-", "@"))
    return f"'{text}" if is_formula else text
