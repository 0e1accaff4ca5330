"""Moments: points in a call that deserve a reason. They wait a little for the words of their segments."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import FactsTable, Moment, MomentKind, Quote, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.facts_table import table, told_at
from tonewatch.stream.tone.sentence import reason, sentence
from tonewatch.stream.tone.state import CallMemory, JudgedSegment, Waiting

QUOTES_KEPT = 6

ROLLING_TONE = 0.15
"""By so much the tone must have moved, or a measurement by a notable amount, for a moment without an alert."""


def wait(memory: CallMemory, kind: MomentKind, alert_id: str, found: FactsTable) -> None:
    """From now on the moment waits; it is written by `due`, `heard` or `all_now`."""
    memory.last_moment_ms = max(memory.last_moment_ms, found.at_ms)
    memory.last_told = told_at(found)
    text = reason(found, sentence(found, kind))
    memory.waiting.append(Waiting(kind=kind, at_ms=found.at_ms, alert_id=alert_id, facts=found, sentence=text))


def roll(memory: CallMemory, item: JudgedSegment, config: ToneConfig) -> None:
    """While no alert is open: every so often, if anything changed since the last moment, say what."""
    since_ms = max(memory.last_moment_ms, memory.baseline[0].start_ms if memory.baseline else item.start_ms)
    if not config.rolling_ms or item.end_ms - since_ms < config.rolling_ms:
        return
    window = [h for h in memory.window if h.end_ms > since_ms] or [item]
    found = table(memory, window, item.end_ms, config)
    before = found.tone_before if found.tone_since is None else found.tone_since
    changed = any(fact.salient for fact in (found.facts if found.since_ms is None else found.changed))
    if changed or abs(found.tone - before) >= ROLLING_TONE:
        wait(memory, "update", "", found)


def due(call_id: str, memory: CallMemory, now_ms: int, config: ToneConfig) -> list[Moment]:
    """Moments that have waited long enough, in media time, for the words of their segments."""
    return _written(call_id, memory, [w for w in memory.waiting if now_ms - w.at_ms >= config.words_wait_ms])


def heard(memory: CallMemory, message: Words) -> list[Moment]:
    """Words came: kept as a quote, and moments that had waited for them are due."""
    known = {q.segment_id for q in memory.quotes}
    if message.segment_id in known or not message.text:
        return []
    quote = Quote(segment_id=message.segment_id, start_ms=message.start_ms, text=message.text)
    memory.quotes = sorted([*memory.quotes, quote], key=lambda q: q.start_ms)[-QUOTES_KEPT:]
    return _written(message.call_id, memory, [w for w in memory.waiting if message.end_ms >= w.facts.window_end_ms])


def all_now(call_id: str, memory: CallMemory) -> list[Moment]:
    """The call is over: nothing more will come for those that wait."""
    return _written(call_id, memory, list(memory.waiting))


def _written(call_id: str, memory: CallMemory, those: list[Waiting]) -> list[Moment]:
    memory.waiting = [w for w in memory.waiting if w not in those]
    return [_moment(call_id, memory, w) for w in those]


def _moment(call_id: str, memory: CallMemory, waiting: Waiting) -> Moment:
    found = waiting.facts
    quotes = tuple(q for q in memory.quotes if found.window_start_ms <= q.start_ms < found.window_end_ms)
    return Moment(
        call_id=call_id,
        moment_id=f"{waiting.alert_id or call_id}/{waiting.kind}/{waiting.at_ms}",
        kind=waiting.kind,
        at_ms=waiting.at_ms,
        alert_id=waiting.alert_id,
        facts=msgspec.structs.replace(found, quotes=quotes, last_rationale=memory.last_rationale),
        sentence=waiting.sentence,
    )
