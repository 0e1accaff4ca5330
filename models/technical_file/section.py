"""A part of the technical file. What nobody could fill in is an open point, and printed as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """`rows` have as many cells as `head`."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Section:
    """`number` as in Annex IV; `markdown` are pages of ours as they stand, under a title each."""

    number: str
    title: str
    said: Sequence[str] = ()
    tables: Sequence[Table] = ()
    markdown: Sequence[tuple[str, str]] = ()
    open_points: Sequence[str] = field(default_factory=tuple)
