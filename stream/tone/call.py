"""One call, one message at a time: what is remembered changes, and what is to be written comes out."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import (
    Alert,
    CallClosed,
    CallOpened,
    CallState,
    FactsTable,
    Moment,
    MomentKind,
    Posterior,
    Prosody,
    Quote,
    Rationale,
    Segment,
    SegmentMessage,
    Tone,
    Words,
)
from tonewatch.stream.sentence import sentence
from tonewatch.stream.tone import alerts, facts, turns
from tonewatch.stream.tone.baseline import confidences, features, ready, usual
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.detector import rest, rolling_tone, update
from tonewatch.stream.tone.memory import CallMemory, Heard, Waiting
from tonewatch.stream.tone.score import score
from tonewatch.stream.tone.usual import judge_all

Output = Tone | CallState | Alert | Moment

QUOTES_KEPT = 6
SETTLED_KEPT = 8


def step(memory: CallMemory, message: SegmentMessage | Rationale, config: ToneConfig) -> list[Output]:
    """Take one message into account. Segments that lie before what was already counted change nothing."""
    match message:
        case CallOpened():
            return _opened(memory, message)
        case Segment():
            return _segment(memory, message, config)
        case Words():
            return _words(memory, message)
        case CallClosed():
            return _closed(memory, message)
        case Rationale():
            return _rationale(memory, message, config)


def _state(call_id: str, memory: CallMemory, state: str, **more: object) -> list[Output]:
    """Announce the call's state, once."""
    if memory.announced == state:
        return []
    memory.announced = state
    known = {
        "roles": memory.roles,
        "started_at_ms": memory.started_at_ms,
        "queue": memory.queue,
        "title": memory.title,
        "synthetic": memory.synthetic,
    }
    return [msgspec.convert({"type": "call_state", "call_id": call_id, "state": state, **known, **more}, CallState)]


def _opened(memory: CallMemory, message: CallOpened) -> list[Output]:
    memory.roles = message.roles or memory.roles
    memory.started_at_ms = message.started_at_ms or memory.started_at_ms
    memory.queue = message.queue or memory.queue
    memory.title = message.title or memory.title
    memory.synthetic = message.synthetic or memory.synthetic
    return _state(message.call_id, memory, "live" if message.notice_given else "not_analysed")


def _segment(memory: CallMemory, message: Segment, config: ToneConfig) -> list[Output]:
    channel = str(message.channel)
    if message.start_ms < memory.marks.get(channel, 0):
        return []
    memory.marks[channel] = message.end_ms
    turns.remember(memory.turns, (message.start_ms, message.end_ms, message.role == "agent"))
    written = _state(message.call_id, memory, "live") if memory.announced != "not_analysed" else []
    written += _due(message.call_id, memory, message.end_ms, config)
    if message.role == "agent" and message.posterior is None:
        return written
    if message.posterior is None or message.prosody is None:
        return [*written, _abstain(message, memory, message.abstained or "no_model")]
    return [*written, *_judge(memory, message, message.posterior, message.prosody, config)]


def _abstain(message: Segment, memory: CallMemory, reason: str) -> Tone:
    return Tone(
        call_id=message.call_id,
        segment_id=message.segment_id,
        role=message.role,
        start_ms=message.start_ms,
        end_ms=message.end_ms,
        tone=None,
        spread=1.0,
        risk=_risk(memory, None),
        abstained=reason,
        spoken_at_ms=message.spoken_at_ms,
    )


def _judge(
    memory: CallMemory, message: Segment, posterior: Posterior, prosody: Prosody, config: ToneConfig
) -> list[Output]:
    memory.model = message.model
    if _too_quiet(memory, prosody, config):
        return [_abstain(message, memory, "too_quiet")]
    item = Heard(
        segment_id=message.segment_id,
        start_ms=message.start_ms,
        end_ms=message.end_ms,
        speech_ms=max(message.quality.speech_ms, 1),
        features=features(prosody, posterior),
        confidences=confidences(prosody),
        posterior=posterior,
        alone=posterior,
        embedding=message.embedding if config.relative and message.space == config.relative.space else b"",
        audio=message.audio,
    )
    judge_all([item], memory.baseline, config.relative)
    is_ready = ready(memory.baseline, config)
    item.score = score(item, memory.baseline, config)
    horizon = item.end_ms - config.window_ms
    memory.window = [h for h in memory.window if h.end_ms >= horizon] + [item]
    item.tone, spread = rolling_tone(memory.window)
    verdict = update(memory.detector, item, memory.window, config) if is_ready else "none"
    _learn(memory, item, is_ready, config)
    tone = Tone(
        call_id=message.call_id,
        segment_id=item.segment_id,
        role=message.role,
        start_ms=item.start_ms,
        end_ms=item.end_ms,
        tone=round(item.tone, 3) if is_ready else None,
        spread=round(spread, 3),
        risk=_risk(memory, item.tone if is_ready else None),
        posterior=item.posterior,
        abstained=None if is_ready else "learning_baseline",
        baseline_ready=is_ready,
        facts=facts.measure([item], memory.baseline, config) if is_ready else (),
        spoken_at_ms=message.spoken_at_ms,
    )
    written: list[Output] = [tone]
    if verdict == "onset":
        written += _fire(memory, message, config)
    elif verdict == "recovery":
        written += _recover(memory, message.call_id, item, config)
    elif memory.alert is not None:
        memory.alert = alerts.deepen(memory.alert, item)
        _update(memory, item, config)
    return written


def _too_quiet(memory: CallMemory, prosody: Prosody, config: ToneConfig) -> bool:
    known = usual(memory.baseline, "level", config.measures["level"])
    return known is not None and prosody.level_db is not None and prosody.level_db < known[0] - config.too_quiet_db


def _learn(memory: CallMemory, item: Heard, is_ready: bool, config: ToneConfig) -> None:
    """The baseline runs on, but not on what may be the beginning of a change."""
    if is_ready and (memory.detector.degraded or memory.detector.fall > 0.0):
        return
    memory.baseline = [*memory.baseline, item][-config.baseline_kept :]


def _risk(memory: CallMemory, tone: float | None) -> float:
    """0..1: how far down the tone is, and never under a half while an alert is open."""
    depth = max(0.0, -(tone if tone is not None else 0.0))
    return round(0.5 + depth / 2 if memory.alert is not None else depth / 2, 3)


def _since_onset(memory: CallMemory) -> list[Heard]:
    since = memory.detector.fall_since_ms
    return [h for h in memory.window if h.start_ms >= since] or memory.window[-1:]


def _fire(memory: CallMemory, message: Segment, config: ToneConfig) -> list[Output]:
    window = _since_onset(memory)
    found = facts.table(memory, window, window[-1].end_ms, config)
    alert = alerts.fire(message.call_id, memory, window, found, config, message.spoken_at_ms)
    memory.alert = alert
    memory.last_moment_ms = found.at_ms
    _wait(memory, "onset", alert, found)
    return [alert]


def _recover(memory: CallMemory, call_id: str, item: Heard, config: ToneConfig) -> list[Output]:
    if memory.alert is None:
        return []
    window = [h for h in memory.window if h.tone >= config.clear] or [item]
    found = facts.table(memory, window, item.end_ms, config)
    resolved = alerts.resolve(memory.alert, item.end_ms, "recovery")
    _wait(memory, "recovery", resolved, found)
    _settle(memory, resolved)
    return [resolved]


def _update(memory: CallMemory, item: Heard, config: ToneConfig) -> None:
    """While an alert is open: every so often, what changed since the last reason."""
    if memory.alert is None or item.end_ms - memory.last_moment_ms < config.update_ms:
        return
    window = [h for h in memory.window if h.end_ms > memory.last_moment_ms] or [item]
    memory.last_moment_ms = item.end_ms
    _wait(memory, "update", memory.alert, facts.table(memory, window, item.end_ms, config))


def _settle(memory: CallMemory, alert: Alert) -> None:
    memory.alert = None
    memory.settled[alert.alert_id] = alert
    while len(memory.settled) > SETTLED_KEPT:
        del memory.settled[next(iter(memory.settled))]


def _wait(memory: CallMemory, kind: MomentKind, alert: Alert, found: FactsTable) -> None:
    memory.waiting.append(
        Waiting(kind=kind, at_ms=found.at_ms, alert_id=alert.alert_id, facts=found, sentence=sentence(found, kind))
    )


def _due(call_id: str, memory: CallMemory, now_ms: int, config: ToneConfig) -> list[Output]:
    """Moments that have waited long enough, in media time, for the words of their segments."""
    due = [w for w in memory.waiting if now_ms - w.at_ms >= config.words_wait_ms]
    memory.waiting = [w for w in memory.waiting if now_ms - w.at_ms < config.words_wait_ms]
    return [_moment(call_id, memory, w) for w in due]


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


def _words(memory: CallMemory, message: Words) -> list[Output]:
    known = {q.segment_id for q in memory.quotes}
    if message.segment_id in known or not message.text:
        return []
    quote = Quote(segment_id=message.segment_id, start_ms=message.start_ms, text=message.text)
    memory.quotes = sorted([*memory.quotes, quote], key=lambda q: q.start_ms)[-QUOTES_KEPT:]
    due = [w for w in memory.waiting if message.end_ms >= w.facts.window_end_ms]
    memory.waiting = [w for w in memory.waiting if w not in due]
    return [_moment(message.call_id, memory, w) for w in due]


def _closed(memory: CallMemory, message: CallClosed) -> list[Output]:
    written: list[Output] = [_moment(message.call_id, memory, w) for w in memory.waiting]
    memory.waiting = []
    if memory.alert is not None:
        resolved = alerts.resolve(memory.alert, message.duration_ms, "call_end")
        _settle(memory, resolved)
        written.append(resolved)
    if memory.announced == "not_analysed":
        return written
    return written + _state(
        message.call_id,
        memory,
        "ended",
        duration_ms=message.duration_ms,
        reason=message.reason,
        words_shed=message.words_shed,
    )


def _rationale(memory: CallMemory, message: Rationale, config: ToneConfig) -> list[Output]:
    memory.last_rationale = message.text
    if memory.alert is None or memory.alert.alert_id != message.alert_id:
        return []
    decided = alerts.decide(memory.alert, message)
    if decided is None:
        return []
    if decided.state == "withdrawn":
        _settle(memory, decided)
        rest(memory.detector, decided.fired_ms, config)
    else:
        memory.alert = decided
    return [decided]
