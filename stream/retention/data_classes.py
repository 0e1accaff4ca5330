"""The classes of data: what they are, where they lie, for how long, and who takes them away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tonewatch.stream.access import TABLES
from tonewatch.stream.topics import (
    ALERT_ACTIONS,
    ALERTS,
    AUDIT,
    CALLERS,
    CALLS,
    CLOCKS,
    DELIVERIES,
    HOUR_MS,
    KEYS,
    MARKS,
    MOMENTS,
    RATIONALES,
    SEGMENTS,
    TONE,
    TOPICS,
    VERDICTS,
    Topic,
    changelog_topics,
    dead_letter_topics,
)

By = Literal["Kafka", "monitor", "archive"]

_CLASSES: Final = {
    CALLS.name: "audio of both parties, caller's id, title",
    CLOCKS.name: "times of a call's audio",
    MARKS.name: "hashes of calls that were erased, or whose notice was withdrawn",
    SEGMENTS.name: "transcripts, measurements, posteriors, embeddings",
    TONE.name: "rolling tone",
    MOMENTS.name: "measurements and quotations for the explainer",
    ALERTS.name: "alerts with sentence and quotations",
    RATIONALES.name: "reasons",
    ALERT_ACTIONS.name: "what people did with alerts, their notes",
    CALLERS.name: "a known caller's voice and medians, by a keyed hash",
    DELIVERIES.name: "what receivers outside were told",
    AUDIT.name: "who looked, listened, acted",
    VERDICTS.name: "what people said of alerts",
    KEYS.name: "keys of calls, wrapped (call_keys/README.md)",
}


@dataclass(frozen=True)
class Kept:
    """One class in one place. `longest_ms`: null where a setting says how long."""

    what: str
    where: str
    longest_ms: int | None
    setting: str
    by: By


def topics_kept(app_id: str) -> tuple[Topic, ...]:
    """Every topic with its retention."""
    return (*TOPICS, *dead_letter_topics(), *changelog_topics(app_id, TABLES))


def kept(app_id: str = "tonewatch-monitor") -> list[Kept]:
    """All of them, Kafka's first."""
    rows = [Kept(_what(topic), topic.name, topic.retention_ms, "", "Kafka") for topic in topics_kept(app_id)]
    return [
        *rows,
        Kept("the board's view of a call", "Redis, tonewatch:board:call:*", None, "TONEWATCH_BOARD_TTL_S", "monitor"),
        Kept("the board's events", "Redis, tonewatch:board:events", None, "TONEWATCH_BOARD_TTL_S", "monitor"),
        Kept("indexes of calls", "Redis, tonewatch:board:calls and :open", None, "TONEWATCH_BOARD_TTL_S", "monitor"),
        Kept("alerts, reasons, transcripts, verdicts", "SQL", None, "TONEWATCH_ARCHIVE_DAYS", "archive"),
        Kept("audio around alerts", "the archive's audio files", None, "TONEWATCH_ARCHIVE_DAYS", "archive"),
    ]


def _what(topic: Topic) -> str:
    if topic.name.endswith(".dlq"):
        return "records that could not be used"
    return _CLASSES.get(topic.name, "the state of calls that go on, with the embeddings of the baseline")


def table(app_id: str = "tonewatch-monitor") -> str:
    """As Markdown; PRIVACY.md holds it."""
    rows = ["| data | where | kept for | by |", "|---|---|---|---|"]
    rows += [f"| {one.what} | `{one.where}` | {_time(one)} | {one.by} |" for one in kept(app_id)]
    return "\n".join(rows) + "\n"


def _time(one: Kept) -> str:
    if one.longest_ms is None:
        return f"`{one.setting}`"
    hours = one.longest_ms // HOUR_MS
    return f"{hours // 24} days" if hours % 24 == 0 and hours > 72 else f"{hours} h"
