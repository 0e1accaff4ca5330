"""Moments: points in a call that deserve a reason. They wait a little for the words of their segments."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import FactsTable, Moment, MomentKind, Quote, Words
from tonewatch.stream.sentence import sentence
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import CallMemory, Waiting

QUOTES_KEPT = 6


def wait(memory: CallMemory, kind: MomentKind, alert_id: str, found: FactsTable) -> None:
    """From now on the moment waits; it is written by `due`, `heard` or `all_now`."""
    memory.last_moment_ms = max(memory.last_moment_ms, found.at_ms)
    memory.waiting.append(
        Waiting(kind=kind, at_ms=found.at_ms, alert_id=alert_id, facts=found, sentence=sentence(found, kind))
    )


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
        moment_id=f"{waiting.alert_id}/{waiting.kind}/{waiting.at_ms}",
        kind=waiting.kind,
        at_ms=waiting.at_ms,
        alert_id=waiting.alert_id,
        facts=msgspec.structs.replace(found, quotes=quotes, last_rationale=memory.last_rationale),
        sentence=waiting.sentence,
    )
