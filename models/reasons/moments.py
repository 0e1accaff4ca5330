"""Facts tables out of listened calls: every moment at which a reason could be asked for, with its truth.

The monitor's own core builds them (`stream/tone`), from what the listener wrote. Truth comes from the turns of a
stitched call: which emotion its corpus says was spoken in the window, and whether it lies in the degraded stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.truth import TRUTH_FILE, Turn
from tonewatch.models.degradation.voices import Mood
from tonewatch.stream.messages import Emotion, FactsTable, Moment, MomentKind, Segment, Tone
from tonewatch.stream.tone import facts_table as tables
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory, JudgedSegment
from tonewatch.stream.tone.step import step

CLEARLY = 0.7
"""Share of a window's speech that must be of one kind for it to have a truth."""

LABEL: dict[Mood, Emotion] = {Mood.ANGRY: "angry", Mood.HAPPY: "happy", Mood.SAD: "sad", Mood.CALM: "neutral"}

_MOODS = {
    "ang": Mood.ANGRY,
    "hap": Mood.HAPPY,
    "joy": Mood.HAPPY,
    "sad": Mood.SAD,
    "neu": Mood.CALM,
    "cal": Mood.CALM,
}


@dataclass(frozen=True)
class AskedMoment:
    """One facts table with its truth; `moods` of the window's segments, `mood` and `degraded` None where unclear."""

    call: str
    speaker: str
    kind: MomentKind
    live: bool
    facts: FactsTable
    starts_ms: tuple[int, ...]
    moods: tuple[Mood, ...]
    mood: Mood | None
    degraded: bool | None
    alert_id: str = ""


def read_turns(folder: Path) -> dict[str, tuple[Turn, ...]]:
    """Turns by file; none for a truth without turns."""
    path = folder / TRUTH_FILE
    if not path.is_file():
        return {}
    entries = msgspec.json.decode(path.read_bytes(), type=tuple[_Entry, ...])
    return {entry.file: _stitched(entry.turns) for entry in entries}


class _Entry(msgspec.Struct):
    file: str
    turns: list[dict[str, object]] = []


def _stitched(turns: Sequence[dict[str, object]]) -> tuple[Turn, ...]:
    """Turns with an emotion; the turns of calls that were not stitched have other fields and are left out."""
    stitched = [turn for turn in turns if set(Turn.__struct_fields__) <= set(turn)]
    return tuple(msgspec.convert(turn, Turn) for turn in stitched)


def moments(call: ListenedCall, turns: Sequence[Turn], config: ToneConfig) -> list[AskedMoment]:
    """The moments of the live monitor: onsets, updates and recoveries, in their order."""
    return list(_follow(call, turns, config, probes=False))


def probes(call: ListenedCall, turns: Sequence[Turn], config: ToneConfig) -> list[AskedMoment]:
    """A table after every segment of the caller, over all of the window and over the end of it."""
    return list(_follow(call, turns, config, probes=True))


def _follow(call: ListenedCall, turns: Sequence[Turn], config: ToneConfig, *, probes: bool) -> Iterator[AskedMoment]:
    memory = CallMemory()
    for message in call.messages:
        written = step(memory, message, config)
        for output in written:
            if isinstance(output, Moment) and not probes:
                window = [h for h in memory.window if h.start_ms >= output.facts.window_start_ms]
                yield _asked(call, turns, output.facts, window, output.kind, output.alert_id)
        judged = any(isinstance(output, Tone) and output.baseline_ready for output in written)
        if probes and isinstance(message, Segment) and judged:
            # Whole window and its last two segments; by length, so that a short window is not taken twice.
            for window in {len(part): part for part in (memory.window, memory.window[-2:])}.values():
                facts = tables.table(memory, window, window[-1].end_ms, config)
                yield _asked(call, turns, facts, window, "onset", "")


def _asked(
    call: ListenedCall,
    turns: Sequence[Turn],
    facts: FactsTable,
    window: Sequence[JudgedSegment],
    kind: MomentKind,
    alert_id: str,
) -> AskedMoment:
    spans = [(h.start_ms, h.end_ms) for h in window] or [(facts.window_start_ms, facts.window_end_ms)]
    moods = [_mood_between(turns, *span) for span in spans]
    stretch = call.truth.degraded(call.duration_s) if call.truth else None
    return AskedMoment(
        call=call.name,
        speaker=call.truth.speaker if call.truth else "",
        kind=kind,
        live=bool(alert_id),
        facts=facts,
        starts_ms=tuple(start for start, _ in spans),
        moods=tuple(mood or Mood.CALM for mood in moods),
        mood=_mostly(moods, spans),
        degraded=_degraded(stretch, spans) if call.truth else None,
        alert_id=alert_id,
    )


def _mood_between(turns: Sequence[Turn], start_ms: int, end_ms: int) -> Mood | None:
    shared = [
        (min(end_ms, 1000 * turn.end_s) - max(start_ms, 1000 * turn.start_s), turn.emotion)
        for turn in turns
        if turn.channel == 0
    ]
    # The turn with the longest overlap; a negative overlap is a turn elsewhere.
    length, emotion = max(shared, default=(0.0, ""))
    return _MOODS.get(emotion[:3].lower()) if length > 0 else None


def _mostly(moods: Sequence[Mood | None], spans: Sequence[tuple[int, int]]) -> Mood | None:
    spoken: dict[Mood | None, int] = {}
    for mood, (start, end) in zip(moods, spans, strict=True):
        spoken[mood] = spoken.get(mood, 0) + end - start
    mood, length = max(spoken.items(), key=lambda item: item[1])
    return mood if length >= CLEARLY * sum(spoken.values()) else None


def _degraded(stretch: tuple[float, float] | None, spans: Sequence[tuple[int, int]]) -> bool | None:
    if stretch is None:
        return False
    # Milliseconds of the spans inside the degraded stretch.
    inside = sum(max(0.0, min(end, 1000 * stretch[1]) - max(start, 1000 * stretch[0])) for start, end in spans)
    share = inside / max(1, sum(end - start for start, end in spans))
    return True if share >= CLEARLY else False if share <= 1 - CLEARLY else None
