"""One call, one message at a time: what is remembered changes, and what is to be written comes out."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tonewatch.stream.messages import (
    Alert,
    AlertAction,
    CallClosed,
    CallOpened,
    CallState,
    ControlMessage,
    Moment,
    PastCall,
    Posterior,
    Prosody,
    Rationale,
    Segment,
    SegmentMessage,
    Silence,
    Tone,
    Words,
)
from tonewatch.stream.rules.model import Rule
from tonewatch.stream.tone import facts_table as facts
from tonewatch.stream.tone import moments, turns
from tonewatch.stream.tone.alerts import lifecycle as alerts
from tonewatch.stream.tone.alerts import tone_rules as episode
from tonewatch.stream.tone.alerts import turn_rules as turn_alerts
from tonewatch.stream.tone.alerts.closed_alerts import close_alert
from tonewatch.stream.tone.alerts.user_actions import act
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence import past_calls as earlier
from tonewatch.stream.tone.evidence import word_evidence as words
from tonewatch.stream.tone.evidence.baseline import confidences, features, ready, usual
from tonewatch.stream.tone.evidence.detector import rest, rolling_tone, update
from tonewatch.stream.tone.evidence.likelihood import Nats, evidence, likelihoods, with_words
from tonewatch.stream.tone.evidence.score import score
from tonewatch.stream.tone.evidence.usual import judge_all
from tonewatch.stream.tone.state import CallMemory, JudgedSegment

Output = Tone | CallState | Alert | Moment | PastCall


def step(
    memory: CallMemory,
    message: SegmentMessage | Rationale | ControlMessage,
    config: ToneConfig,
    past: Sequence[PastCall] = (),
) -> list[Output]:
    """Take one message into account. Segments that lie before what was already counted change nothing.

    `past`: earlier calls of the caller who is named by a CallOpened. They are kept in the memory from then on, so that
    a call goes on as it began, whatever becomes known of its caller meanwhile.
    """
    match message:
        case CallOpened():
            return _opened(memory, message, past, config)
        case Segment():
            return _segment(memory, message, config)
        case Words():
            words.remember(memory, message, config)
            return [*moments.heard(memory, message)]
        case CallClosed():
            return _closed(memory, message, config)
        case Rationale():
            return _rationale(memory, message, config)
        case AlertAction():
            return [*act(memory, message)]
        case Silence():
            return _silence(memory, message, config)


def forget(memory: CallMemory) -> CallMemory:
    """What is kept of a call that is over: enough to know its segments again, and its alerts."""
    return CallMemory(
        marks=memory.marks,
        announced=memory.announced,
        queue=memory.queue,
        settled=memory.settled,
        now_ms=memory.now_ms,
        done=memory.done,
    )


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


def _opened(memory: CallMemory, message: CallOpened, past: Sequence[PastCall], config: ToneConfig) -> list[Output]:
    memory.roles = message.roles or memory.roles
    memory.started_at_ms = message.started_at_ms or memory.started_at_ms
    memory.queue = message.queue or memory.queue
    memory.title = message.title or memory.title
    memory.language = message.language or memory.language
    memory.synthetic = message.synthetic or memory.synthetic
    earlier.recall(memory, message.caller, past, config)
    return _state(message.call_id, memory, "live" if message.notice_given else "not_analysed")


def _segment(memory: CallMemory, message: Segment, config: ToneConfig) -> list[Output]:
    channel = str(message.channel)
    if message.start_ms < memory.marks.get(channel, 0):
        return []
    memory.marks[channel] = message.end_ms
    memory.now_ms = max(memory.now_ms, message.end_ms)
    turns.remember(memory.turns, _turn(message))
    rules = config.rules.for_queue(memory.queue)
    written = _state(message.call_id, memory, "live") if memory.announced != "not_analysed" else []
    written += moments.due(message.call_id, memory, message.end_ms, config)
    written += _timed(message.call_id, memory, memory.now_ms - turns.LATE_MS, rules)
    if message.role == "agent" and message.posterior is None:
        return written
    if message.posterior is None or message.prosody is None:
        return [*written, _abstain(message, memory, message.abstained or "no_model")]
    return [*written, *_judge(memory, message, message.posterior, message.prosody, rules, config)]


def _turn(message: Segment) -> turns.Turn:
    if message.role == "agent":
        return turns.Turn(message.start_ms, message.end_ms, True)
    return turns.Turn(message.start_ms, message.end_ms, False, message.segment_id, message.audio)


def _timed(call_id: str, memory: CallMemory, known_until_ms: int, rules: Sequence[Rule]) -> list[Output]:
    """What is due because time has passed: snoozes that are over, and turn-taking that is known by now.

    A mono recording has no turns to speak of, but its silences are those of both.
    """
    if "mixed" in memory.roles:
        rules = [rule for rule in rules if rule.kind != "interruptions"]
    written: list[Output] = []
    for watch in memory.watches.values():
        if watch.alert is not None and (woken := alerts.wake(watch.alert, memory.now_ms)) is not None:
            watch.alert = woken
            written.append(woken)
    return [*written, *turn_alerts.follow(call_id, memory, known_until_ms, rules)]


def _silence(memory: CallMemory, message: Silence, config: ToneConfig) -> list[Output]:
    """A clock says that nobody spoke meanwhile; a segment that comes after all will say better."""
    if memory.announced != "live":
        return []
    memory.now_ms = max(memory.now_ms, message.now_ms)
    rules = config.rules.for_queue(memory.queue)
    return _timed(message.call_id, memory, message.now_ms - turns.LATE_MS, rules)


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
    memory: CallMemory,
    message: Segment,
    posterior: Posterior,
    prosody: Prosody,
    rules: Sequence[Rule],
    config: ToneConfig,
) -> list[Output]:
    memory.model = message.model
    if _too_quiet(memory, prosody, config):
        return [_abstain(message, memory, "too_quiet")]
    item = JudgedSegment(
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
    known = earlier.known(memory)
    usual_voice = judge_all([item], memory.baseline, config.relative, earlier.standing(memory))
    is_ready = ready(known, config)
    item.score = score(item, known if is_ready else [], config)
    horizon = item.end_ms - config.window_ms
    memory.window = [h for h in memory.window if h.end_ms >= horizon] + [item]
    item.tone, spread = rolling_tone(memory.window)
    nats = likelihoods(item, usual_voice, is_ready, config)
    _hear_words(memory, item, nats, config)
    if _is_usual(known, item, evidence(nats), config):
        memory.baseline = [*memory.baseline, item][-config.baseline_kept :]
        earlier.check_voice(memory)
    raised = episode.follow(memory, message, item, rules, config)
    if is_ready and memory.watch("tone").alert is None:
        moments.roll(memory, item, config)
    is_judged = is_ready or memory.alert is not None
    tone = Tone(
        call_id=message.call_id,
        segment_id=item.segment_id,
        role=message.role,
        start_ms=item.start_ms,
        end_ms=item.end_ms,
        tone=round(item.tone, 3) if is_judged else None,
        spread=round(spread, 3),
        risk=_risk(memory, item.tone if is_judged else None),
        posterior=item.posterior,
        abstained=None if is_judged else "learning_baseline",
        baseline_ready=is_ready,
        facts=facts.measure([item], earlier.known(memory), config) if is_ready else (),
        spoken_at_ms=message.spoken_at_ms,
    )
    return [tone, *raised]


def _hear_words(memory: CallMemory, item: JudgedSegment, voice: Nats, config: ToneConfig) -> None:
    """Set the probability after this segment, by its voice and the words that are due. They date a change to theirs."""
    said = words.due(memory, item)
    spoken = words.weigh(said, config)
    item.probability = update(memory.detector, item, with_words(voice, spoken), config)
    if spoken > 0 and memory.detector.fall_since_ms == item.start_ms:
        memory.detector.fall_since_ms = min(one.start_ms for one in said)


def _too_quiet(memory: CallMemory, prosody: Prosody, config: ToneConfig) -> bool:
    known = usual(memory.baseline, "level", config.measures["level"])
    return known is not None and prosody.level_db is not None and prosody.level_db < known[0] - config.too_quiet_db


def _is_usual(known: Sequence[JudgedSegment], item: JudgedSegment, spoken_for: float, config: ToneConfig) -> bool:
    """The baseline runs on, but not on what may be the beginning of a change.

    The first few segments make the usual even where they sound degraded, as long as that is not nearly certain: to
    some ears a whole voice does.
    """
    found = item.probability or 0.0
    if len(known) < config.learns_first:
        return found < config.learns_first_below
    return found < config.learns_below and spoken_for <= config.learns_evidence


def _risk(memory: CallMemory, tone: float | None) -> float:
    """0..1: how far down the tone is, and never under a half while an alert is open."""
    depth = max(0.0, -(tone if tone is not None else 0.0))
    return round(0.5 + depth / 2 if memory.alert is not None else depth / 2, 3)


def _closed(memory: CallMemory, message: CallClosed, config: ToneConfig) -> list[Output]:
    memory.now_ms = max(memory.now_ms, message.duration_ms)
    rules = config.rules.for_queue(memory.queue)
    written: list[Output] = [*moments.all_now(message.call_id, memory)]
    if memory.announced == "live":
        written += _timed(message.call_id, memory, message.duration_ms, rules)
    for watch in memory.watches.values():
        if watch.alert is None:
            continue
        if watch.alert.state == "pending":
            written.append(alerts.lapse(watch.alert))
            watch.alert = None
        else:
            resolved = alerts.resolve(watch.alert, message.duration_ms, "call_end")
            close_alert(memory, resolved)
            written.append(resolved)
    if memory.announced == "not_analysed":
        return written
    if (kept := earlier.past_call(message.call_id, memory, message.duration_ms, config)) is not None:
        written.append(kept)
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
    watch = memory.watch("tone")
    if watch.alert is None or watch.alert.alert_id != message.alert_id:
        return []
    rules = config.rules.for_queue(memory.queue)
    tone = memory.window[-1].tone if memory.window else watch.alert.peak_tone
    decided = alerts.decide(watch.alert, message, rules, tone)
    if decided is None:
        return []
    watch.alert = decided
    if decided.state == "withdrawn":
        close_alert(memory, decided)
        watch.quiet_until_ms = memory.now_ms + decided.thresholds.cooldown_ms
        rest(memory.detector)
    return [decided]
