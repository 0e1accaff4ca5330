"""Recall and precision of spans. What is left of a number is what counts: a span is found when no letter or digit of it
is left, and what was marked is right when it touches one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tonewatch.models.redaction.spoken_lines import Line
from tonewatch.workers.redaction.redactor import Found, Kind


@dataclass
class Counts:
    """`found` of `spans` were marked whole; `right` of `marked` touch one; `named` of those found bear its kind.

    `missed` and `needless`: the lines, for whoever mends the recognisers."""

    spans: int = 0
    found: int = 0
    marked: int = 0
    right: int = 0
    named: int = 0
    missed: list[str] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.spans if self.spans else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.marked if self.marked else 1.0


def count(lines: Sequence[Line], find: Callable[[str], Sequence[Found]], kind: Kind | None = None) -> Counts:
    """Over lines; of one kind: its spans, and the marks that bear its name."""
    counts = Counts()
    for line in lines:
        marked = find(line.text)
        for span in line.spans:
            if kind in (None, span.kind):
                _count_span(counts, line, span, marked)
        for one in marked:
            if kind in (None, one.kind):
                counts.marked += 1
                is_right = any(one.start < span.end and span.start < one.end for span in line.spans)
                counts.right += is_right
                if not is_right:
                    counts.needless.append(f"{line.text}  <- {line.text[one.start : one.end]} ({one.kind})")
    return counts


def _count_span(counts: Counts, line: Line, span: Found, marked: Sequence[Found]) -> None:
    counts.spans += 1
    left = [at for at in range(span.start, span.end) if not any(one.start <= at < one.end for one in marked)]
    if any(line.text[at].isalnum() for at in left):
        counts.missed.append(f"{line.text}  <- {line.text[span.start : span.end]} ({span.kind})")
        return
    counts.found += 1
    counts.named += any(one.kind == span.kind and one.start < span.end and span.start < one.end for one in marked)
