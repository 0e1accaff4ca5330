"""Judged alerts as files: all verdicts for analysts, and a manifest of their clips for evaluation and training."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tonewatch.stream.archive.review.judged import labels_of
from tonewatch.stream.archive.review.precision import together, week_of
from tonewatch.stream.archive.review.views import Moment
from tonewatch.stream.messages import Verdict

Judged = Sequence[tuple[Moment, Sequence[Verdict]]]

_RATINGS: Final = ("factual", "interpretative", "completeness", "fluency", "useful")

COLUMNS: Final = (
    *("alert_id", "call_id", "rule", "severity", "queue", "team", "agent_id", "onset", "week", "sentence"),
    *("verdict", "reason", "note", "by", "judged", "together", *_RATINGS),
)

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


def verdicts_csv(judged: Judged) -> str:
    """A line a verdict; `together` is what all that judged the alert say of it."""
    rows = []
    for moment, given in judged:
        agreed = together(labels_of(given).values())
        rows += [_verdict_row(moment, verdict, agreed) for verdict in given]
    return _text(COLUMNS, rows)


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


def _verdict_row(moment: Moment, verdict: Verdict, agreed: str) -> dict[str, object]:
    ratings = msgspec.structs.asdict(verdict.ratings) if verdict.ratings else {}
    of_moment = {name: getattr(moment, name) for name in COLUMNS if hasattr(moment, name)}
    of_verdict = {name: getattr(verdict, name) for name in ("verdict", "reason", "note", "by")}
    times = {"onset": _iso(moment.onset_at_ms), "judged": _iso(verdict.judged_at_ms)}
    return {**of_moment, **of_verdict, **times, **ratings, "week": week_of(moment.onset_at_ms), "together": agreed}


def _iso(at_ms: int | None) -> str:
    return "" if not at_ms else datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")


def _text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return file.getvalue()


def _cell(value: object) -> str:
    """Text that a spreadsheet would take for a formula is made text: people and callers wrote it."""
    text = "" if value is None else str(value)
    is_formula = text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(("=", "+", "-", "@"))
    return f"'{text}" if is_formula else text
