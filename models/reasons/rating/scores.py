"""Score files: what a rater gave to the texts of a sheet, from 1 to 5 in five dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tonewatch.models.reasons.rating.sheet import Key
from tonewatch.stream.errors import SettingsError

Dimension = Literal["factual", "interpretative", "completeness", "fluency", "useful"]
DIMENSIONS: tuple[Dimension, ...] = ("factual", "interpretative", "completeness", "fluency", "useful")

Points = Annotated[int, Meta(ge=1, le=5)]


class Score(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What one text was given; null where the rater gave nothing."""

    id: str
    factual: Points | None = None
    interpretative: Points | None = None
    completeness: Points | None = None
    fluency: Points | None = None
    useful: Points | None = None
    note: str = ""

    def of(self, dimension: Dimension) -> int | None:
        points: int | None = getattr(self, dimension)
        return points


class ScoreFile(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One rater's scores. `rated_by`: `a person`, or which kind of model."""

    sheet: str
    rater: Annotated[str, Meta(min_length=1)]
    rated_by: Annotated[str, Meta(min_length=1)]
    scores: tuple[Score, ...]


def read_scores(files: Sequence[Path], key: Key) -> list[ScoreFile]:
    """Every file against the sheet that it is for.

    Raises:
        SettingsError: a file cannot be read, is for another sheet, scores a text that is not on it, or one twice;
            or two files are of the same rater.
    """
    known = {origin.id for origin in key.origins}
    found = [_read(file, key.sheet, known) for file in files]
    raters = [one.rater for one in found]
    if len(set(raters)) < len(raters):
        raise SettingsError("--scores: two files are of the same rater; leave one out, or give it another name.")
    return found


def _read(file: Path, sheet: str, known: set[str]) -> ScoreFile:
    try:
        read = msgspec.json.decode(file.read_bytes(), type=ScoreFile)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"--scores {file}: not a file of scores ({error}).") from error
    if read.sheet != sheet:
        raise SettingsError(f"--scores {file}: scores of the sheet {read.sheet}; the folder by --sheet holds {sheet}.")
    ids = [score.id for score in read.scores]
    wrong = sorted(set(ids) - known) or sorted({one for one in ids if ids.count(one) > 1})
    if wrong:
        raise SettingsError(f"--scores {file}: {wrong[0]} is not on the sheet, or is scored twice.")
    return read
