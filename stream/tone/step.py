"""One call, one message at a time: what is remembered changes, and what is to be written comes out.

A segment goes one way: turns, baseline, score, detector (rolling tone and probability), alerts, moments. Each part of
the memory is called once, by the one function of its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from tonewatch.stream.messages import (
    Alert,
    AlertAction,
    CallClosed,
    CallOpened,
    CallState,
    ControlMessage,
    FactsTable,
    Moment,
    PastCall,
    Rationale,
    Segment,
    SegmentMessage,
    Silence,
    Tone,
    Words,
)
from tonewatch.stream.rules.model import InterruptionsRule
from tonewatch.stream.tone import facts_table
from tonewatch.stream.tone.callers_voice import CallersVoice, times_only
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.baseline import Baseline, confidences, features
from tonewatch.stream.tone.evidence.detector import Detector
from tonewatch.stream.tone.evidence.likelihood import evidence, likelihoods
from tonewatch.stream.tone.evidence.score import own_tone
from tonewatch.stream.tone.evidence.voices import Voices
from tonewatch.stream.tone.evidence.word_turn import WordTurn
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.turns import LATE_MS, NO_SPEECH
from tonewatch.stream.tone.whose_voice import bind

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
    if memory.withdrawn:
        return []
    match message:
        case CallOpened() if message.withdrawn_at_ms:
            return _withdrawn(memory, message)
        case CallOpened():
            return _opened(memory, message, past, config)
        case Segment():
            return _segment(memory, message, config)
        case Words():
            return _words(memory, message, config)
        case CallClosed():
            return _closed(memory, message, config)
        case Rationale():
            return _rationale(memory, message, config)
        case AlertAction():
            # What somebody writes of a call that goes on without notice is about what they hear in it.
            if memory.told is False:
                message = msgspec.structs.replace(message, note="")
            return [*memory.alerts.act(message, memory.now_ms, is_live=memory.announced == "live")]
        case Silence():
            return _silence(memory, message, config)


def _opened(memory: CallMemory, message: CallOpened, past: Sequence[PastCall], config: ToneConfig) -> list[Output]:
    if memory.call.roles and message.call.roles and memory.call.roles != message.call.roles:
        # A channel is another party's from here on: whoever speaks there is no longer the one who was learned.
        memory.baseline, memory.detector, memory.voices = Baseline(), Detector(), Voices()
        memory.word_turn = WordTurn()
    if memory.announced == "ended":
        memory.lines = {}
    message = message.as_far_as_told()
    memory.call = memory.call.updated(message.call)
    if not message.notice_given:
        memory.call = memory.call.for_routing()  # It may have been told before.
    memory.told, memory.joins = message.notice_given, True
    bind(memory.bound, message.call.roles)
    memory.baseline.recall(message.caller, past, memory.call.started_at_ms, config)
    return _announce(
        memory, CallState(call_id=message.call_id, state="live" if message.notice_given else "not_analysed")
    )


def _withdrawn(memory: CallMemory, message: CallOpened) -> list[Output]:
    """Every alert is over for whoever was told of it, without what it rested on; counters alone are remembered."""
    closed = [bare(alert) for alert in memory.alerts.withdraw_all(memory.now_ms)]
    memory.withdraw()
    memory.announced = "not_analysed"
    state = CallState(call_id=message.call_id, state="not_analysed", duration_ms=memory.now_ms, withdrawn=True)
    return [*closed, _complete(memory, state)]


def bare(alert: Alert) -> Alert:
    """That it was, and is over: nothing that was measured or said."""
    measured = alert.facts
    facts = FactsTable.empty(measured.at_ms, measured.window_start_ms, measured.window_end_ms)
    return msgspec.structs.replace(
        alert, sentence="", evidence=(), facts=facts, peak_tone=0.0, probability=None, acted=()
    )


def _segment(memory: CallMemory, message: Segment, config: ToneConfig) -> list[Output]:
    if not memory.told:
        return []  # whoever wrote it, the caller was not told, or nobody said so
    message = times_only(message)
    written: list[Output] = _begin_run(memory, message, config) if memory.is_of_another_run(message) else []
    if not memory.count(message):
        return []
    abstained = _why_not_judged(memory, message, config)
    memory.turns.remember(message, abstained)
    memory.sides.note(message, abstained)
    early = memory.words_of(message)
    if message.role == "customer" and abstained not in NO_SPEECH:
        memory.word_turn.note(message)
    if abstained == "laughter" and message.role == "customer":
        memory.moments.laughed(message.start_ms)
    if abstained is not None:
        memory.note_abstention(message)
    written += _announce(memory, CallState(call_id=message.call_id, state="live"))
    written += memory.moments.due(message.call_id, message.end_ms, config)
    written += _timed(memory, message.call_id, memory.now_ms, config)
    written += _spoken(memory, message.call_id, memory.now_ms, config)
    if message.role == "agent":
        return written
    voice = CallersVoice.of(message)
    if abstained is not None or voice is None:
        written.append(_abstention(memory, message, abstained or "no_model"))
    else:
        written += _judge(memory, voice, config)
    for words in early:
        written += _words(memory, words, config)
    return written


def _spoken(memory: CallMemory, call_id: str, now_ms: int, config: ToneConfig) -> list[Alert]:
    """What the words that are due by now raise or resolve."""
    written: list[Alert] = []
    rules = config.rules.for_queue(memory.call.queue)
    for _ in memory.word_turn.due(now_ms):
        written += memory.alerts.follow_words(
            memory.context(call_id, phrasing=config.phrasing), memory.word_turn, rules
        )
    return written


def _begin_run(memory: CallMemory, message: Segment, config: ToneConfig) -> list[Output]:
    """What was open of the run before is over where it was heard last."""
    written: list[Output] = [
        *memory.moments.close_all(message.call_id, config),
        *memory.alerts.close_all(memory.now_ms),
    ]
    memory.begin_run(message)
    return [*written, *([_current(memory, message.call_id)] if memory.announced == "live" else [])]


def _why_not_judged(memory: CallMemory, message: Segment, config: ToneConfig) -> str | None:
    """Null where the segment can be judged. An agent's that carries times only has no reason either."""
    if message.posterior is None or message.prosody is None:
        return message.abstained or (None if message.role == "agent" else "no_model")
    return "too_quiet" if memory.baseline.is_too_quiet(message.prosody, config) else None


def _judge(memory: CallMemory, heard: CallersVoice, config: ToneConfig) -> list[Output]:
    """One segment of the caller, against the caller's baseline and into the call's tone, alerts and moments."""
    message = heard.segment
    memory.model = message.model
    baseline, detector, alerts = memory.baseline, memory.detector, memory.alerts
    item = _reduced(heard, config)
    if not memory.voices.take(item, baseline, config):
        other = memory.voices.hand_over(baseline, config)
        if other is None:
            return [_abstention(memory, message, "unknown_voice")]
        memory.baseline, memory.detector, memory.word_turn = other, Detector(), WordTurn()
        baseline, detector = memory.baseline, memory.detector
    is_ready, is_known, known = baseline.is_ready(config), baseline.is_known(config), baseline.segments()

    voice = baseline.judge(item, config.relative)
    item.own_tone = own_tone(item, known if is_ready else [], config)
    nats = likelihoods(item, voice, is_known, config)
    spread = detector.add(item, nats, config)
    baseline.learn(item, evidence(nats), config)

    measure = partial(facts_table.table, memory, config=config)
    context = memory.context(message.call_id, message.spoken_at_ms, config.phrasing)
    rules = config.rules.for_queue(memory.call.queue)
    raised, wanted = alerts.follow_tone(context, item, detector, rules, measure)
    memory.moments.follow(item, wanted, alerts.open_on_tone, detector.window, measure, config)
    if is_ready and alerts.slot("tone").alert is None:
        began_ms = baseline.own[0].start_ms if baseline.own else item.start_ms
        memory.moments.roll(item, began_ms, detector.window, measure, config)

    # The baseline alone is compared with again: nowhere else does a voice lie once it was judged.
    detector.leave_voice(item)
    is_judged = is_known or alerts.open_on_tone is not None
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
        abstained=None if is_judged else "unknown_voice" if is_ready else "learning_baseline",
        baseline_ready=is_ready,
        facts=facts_table.measure([item], baseline.segments(), config) if is_ready else (),
        spoken_at_ms=message.spoken_at_ms,
        model=message.model,
        voice=memory.voices.number,
    )
    return [tone, *raised]


def _reduced(heard: CallersVoice, config: ToneConfig) -> JudgedSegment:
    """The segment as it is kept. An embedding of another encoder's space would be judged as if it were of this one."""
    message, posterior, prosody = heard.segment, heard.posterior, heard.prosody
    is_known_space = config.relative is not None and message.space == config.relative.space
    return JudgedSegment(
        segment_id=message.segment_id,
        start_ms=message.start_ms,
        end_ms=message.end_ms,
        speech_ms=max(message.quality.speech_ms, 1),
        features=features(prosody, posterior),
        confidences=confidences(prosody),
        posterior=posterior,
        alone=posterior,
        embedding=message.embedding if is_known_space else b"",
        overload=round(message.quality.clipped_share, 4),
        uncertainty=message.uncertainty,
        audio=message.audio,
    )


def _words(memory: CallMemory, message: Words, config: ToneConfig) -> list[Output]:
    if not memory.told or not memory.admit(message):
        return []
    memory.sides.hear(message)
    if memory.announced != "ended":
        memory.detector.hear_words(message, memory.call.language, config)
        memory.word_turn.hear(message, memory.call.language, config.manners, config.words_wait_ms)
    is_answer = memory.turns.is_answer(message.start_ms, message.end_ms)
    return [*memory.moments.hear_words(message, config, is_answer=is_answer)]


def _silence(memory: CallMemory, message: Silence, config: ToneConfig) -> list[Output]:
    """A clock says that nobody spoke meanwhile; a segment that comes after all will say better."""
    if memory.announced != "live":
        return []
    memory.now_ms = max(memory.now_ms, message.now_ms)
    if message.since_ms:
        memory.turns.unheard(message.since_ms)
    told: list[Output] = [_current(memory, message.call_id)] if memory.note_lines(message.lines) else []
    timed = _timed(memory, message.call_id, message.now_ms, config)
    return [*told, *timed, *_spoken(memory, message.call_id, memory.now_ms, config)]


def _timed(
    memory: CallMemory, call_id: str, now_ms: int, config: ToneConfig, *, late_ms: int = LATE_MS
) -> list[Output]:
    """What is due because time has passed: snoozes that are over, and turn-taking that is known by now.

    A mono recording has no turns to speak of, but its silences are those of both.
    """
    rules = config.rules.for_queue(memory.call.queue)
    if "mixed" in memory.call.roles:
        rules = tuple(rule for rule in rules if not isinstance(rule, InterruptionsRule))
    woken = memory.alerts.wake(memory.now_ms)
    return [
        *woken,
        *memory.alerts.follow_turns(
            memory.context(call_id, phrasing=config.phrasing), memory.turns, now_ms - late_ms, rules
        ),
    ]


def _closed(memory: CallMemory, message: CallClosed, config: ToneConfig) -> list[Output]:
    if memory.told is None:
        return []  # a call that nobody opened has shown nothing that would end
    memory.now_ms = max(memory.now_ms, message.duration_ms)
    written: list[Output] = [*memory.moments.close_all(message.call_id, config)]
    if memory.announced == "live":
        written += memory.moments.sum_up(message.call_id, memory.now_ms, config)
        # Nothing comes late any more: turn-taking is judged up to the end, or to where a party was heard last.
        until_ms = memory.heard_until_ms(message.duration_ms)
        written += _timed(memory, message.call_id, until_ms, config, late_ms=0)
        # So do the words of the last utterance, which no segment follows.
        written += _spoken(memory, message.call_id, memory.now_ms + config.words_wait_ms, config)
    memory.lines = {}
    written += memory.alerts.close_all(message.duration_ms)
    if not memory.told:
        return written
    started_at_ms = memory.call.started_at_ms
    kept = memory.baseline.past_call(message.call_id, started_at_ms, message.duration_ms, config)
    if kept is not None:
        written.append(kept)
    ended = CallState(
        call_id=message.call_id,
        state="ended",
        duration_ms=message.duration_ms,
        reason=message.reason,
        words_shed=message.words_shed,
    )
    return [*written, *_announce(memory, ended)]


def _rationale(memory: CallMemory, message: Rationale, config: ToneConfig) -> list[Output]:
    memory.moments.last_rationale = message.text
    rules = config.rules.for_queue(memory.call.queue)
    decided = memory.alerts.decide(memory.context(message.call_id), message, rules)
    if decided is None:
        return []
    if decided.state == "withdrawn":
        memory.detector.reset()
    return [decided]


def _announce(memory: CallMemory, state: CallState) -> list[Output]:
    """The call's state with its attributes, once."""
    if memory.announced == state.state:
        return []
    memory.announced = state.state
    return [_complete(memory, state)]


def _current(memory: CallMemory, call_id: str) -> CallState:
    """The state of a live call again, because a line of it changed or its media time began again."""
    return _complete(memory, CallState(call_id=call_id, state="live", duration_ms=memory.now_ms))


def _complete(memory: CallMemory, state: CallState) -> CallState:
    lines = tuple(line for _, line in sorted(memory.lines.items(), key=lambda one: int(one[0])))
    return msgspec.structs.replace(
        state, call=memory.call, lines=lines, segments_repeated=memory.repeated, run=memory.run
    )


def _abstention(memory: CallMemory, message: Segment, reason: str) -> Tone:
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
        model=message.model,
        voice=memory.voices.number,
    )


def _risk(memory: CallMemory, tone: float | None) -> float:
    """0..1: how far down the tone is, and never under a half while an alert is open."""
    depth = max(0.0, -(tone if tone is not None else 0.0))
    return round(0.5 + depth / 2 if memory.alerts.open_on_tone is not None else depth / 2, 3)
