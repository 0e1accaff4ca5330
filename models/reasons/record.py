"""An evaluation of reasons as JSON and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from tonewatch.models.output import write_file
from tonewatch.models.reasons.asking import ExplainedMoment
from tonewatch.models.reasons.rating.texts import writer_of
from tonewatch.models.reasons.reason_metrics import ReasonMetrics

SHOWN = (
    "rationales",
    "claims",
    "alignment_raw",
    "alignment_shown",
    "model_share",
    "answer_accuracy",
    "label_accuracy",
    "abstained",
    "flip_rate",
    "stay_rate",
    "completeness",
    "words",
    "distinct",
    "seconds_p50",
    "tokens_per_s",
)


def document(
    main: ReasonMetrics, compared: Mapping[str, ReasonMetrics], found: Sequence[ExplainedMoment]
) -> dict[str, object]:
    """The metrics of the explainer at the top level, those of every variant under `variants`, and each text."""
    top: dict[str, object] = msgspec.to_builtins(main)
    return {
        **top,
        "writer": writer_of(found),
        "variants": msgspec.to_builtins(dict(compared)),
        "texts": [_text(one) for one in found],
    }


def _text(one: ExplainedMoment) -> dict[str, object]:
    rationale = one.rationale
    return {
        "call_id": one.asked.call,
        "kind": one.asked.kind,
        "live": one.asked.live,
        "facts": msgspec.to_builtins(one.facts),
        "text": rationale.text,
        "source": rationale.source,
        "claims": msgspec.to_builtins(rationale.claims),
        "written": one.written,
        "decision": rationale.decision,
        "label": rationale.label,
        "confidence": rationale.confidence,
        "fallback": rationale.fallback,
        "truth": {"degraded": one.asked.degraded, "mood": one.asked.mood},
        "seconds": rationale.seconds,
    }


def write_json(
    file: Path, main: ReasonMetrics, compared: Mapping[str, ReasonMetrics], found: Sequence[ExplainedMoment]
) -> None:
    """StoreError where it cannot be written."""
    data = msgspec.json.format(msgspec.json.encode(document(main, compared, found)), indent=1)
    write_file(file, data + b"\n", "the metrics", "file by --json")


def show(console: Console, compared: Mapping[str, ReasonMetrics]) -> None:
    """One column for each explainer."""
    table = Table("", *compared, box=None)
    for name in SHOWN:
        table.add_row(name, *(shown(getattr(one, name)) for one in compared.values()))
    for change in ("calm", "another", "words"):
        table.add_row(f"flip: {change}", *(shown(one.flips.get(change)) for one in compared.values()))
    console.print(table)
    for name, one in compared.items():
        if one.fallbacks:
            console.print(f"{name}: {', '.join(f'{n} {why}' for why, n in one.fallbacks.items())}")


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, int) else f"{value:.3f}"
