"""The messages on the topics: the contract with integrators.

Calls travel as msgpack (audio is bytes), everything after them as JSON. Every message carries its version `v` and
a `type` tag. Fields are only ever added, with a default; readers ignore fields they do not know. Times are
milliseconds: `*_ms` without a prefix is media time, counted from the start of the call's audio; `*_at_ms` is wall
clock time since the Unix epoch, kept for measuring delays and never used to decide anything.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

VERSION = 1

Role = Literal["customer", "agent", "mixed"]
"""Who speaks on a channel. `mixed`: a mono recording, both parties in one channel."""

Codec = Literal["mulaw", "alaw", "pcm16"]

ClosedBy = Literal["pause", "max_length", "gap", "call_end"]

CloseReason = Literal["ended", "timeout"]

Emotion = Literal["angry", "happy", "neutral", "sad"]

EMOTIONS: tuple[Emotion, ...] = ("angry", "happy", "neutral", "sad")
"""The order of every posterior."""

AlertState = Literal["pending", "firing", "confirmed", "withdrawn", "resolved"]
"""What the alert's condition does. `pending`: there is evidence, not enough of it yet."""

AlertEvent = Literal[
    "pending",
    "fired",
    "deepened",
    "confirmed",
    "withdrawn",
    "suppressed",
    "acknowledged",
    "snoozed",
    "woke",
    "assigned",
    "commented",
    "resolved",
    "reopened",
]
"""What a record of an alert tells. `suppressed`: another rule would have fired for the same cause, and stands in
`also`. `woke`: the time of a snooze is over."""

Cause = Literal["tone", "interruptions", "dead_air"]
"""What an alert is about; a call has one open alert of each at most."""

ActionKind = Literal["acknowledge", "snooze", "assign", "comment", "resolve", "reopen"]

MomentKind = Literal["onset", "update", "recovery"]

Decision = Literal["confirm", "withdraw", "abstain"]


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of everything that is written to a topic as a record of its own."""

    v: int = VERSION
    call_id: str


# --- tonewatch.calls.v1 (msgpack) -----------------------------------------------------------------------------


class CallStarted(Message, frozen=True, kw_only=True, tag="call_started"):
    """The first record of a call. `notice_given`: the caller was told that the tone of the call is analysed."""

    roles: tuple[Role, ...]
    notice_given: bool
    started_at_ms: int
    queue: str = ""
    title: str = ""
    language: str = ""
    synthetic: bool = False


class AudioChunk(Message, frozen=True, kw_only=True, tag="audio_chunk"):
    """A stretch of one channel's audio. It describes itself, so that a listener can begin at any chunk.

    `seq` counts the chunks of this channel from 0. `start_ms` is the media time of its first sample.
    `captured_at_ms` is the wall clock at its last sample.
    """

    channel: int
    role: Role
    seq: int
    start_ms: int
    codec: Codec
    rate_hz: int
    notice_given: bool
    payload: bytes
    captured_at_ms: int = 0


class CallEnded(Message, frozen=True, kw_only=True, tag="call_ended"):
    """The last record of a call."""

    duration_ms: int
    ended_at_ms: int


CallMessage = CallStarted | AudioChunk | CallEnded


# --- tonewatch.segments.v1 (JSON) -----------------------------------------------------------------------------


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the parts that messages are made of."""


class AudioSpan(Plain, frozen=True, kw_only=True):
    """Where the audio of a segment lies in Kafka."""

    topic: str
    partition: int
    first_offset: int
    last_offset: int


class ProsodyConfidence(Plain, frozen=True, kw_only=True):
    """How far the measure of the same name in Prosody can be relied on, 0..1; null where that is null.

    For F0 it is the mean probability that a voiced frame's F0 is right to a semitone, for rate and stress the mean
    probability that the syllables are voiced (for stress: and have an F0), for level, tilt and pauses the voice's share
    of what was heard, the rest being noise of the line. Each is lowered where there was little to measure. `intonation`
    stands for the shape of that name, `f0_final_st` for its slope too, `stress_per_s` for all about stress.
    """

    f0_median_st: float | None = None
    f0_range_st: float | None = None
    f0_slope_st_per_s: float | None = None
    f0_final_st: float | None = None
    level_db: float | None = None
    level_slope_db_per_s: float | None = None
    tilt_db: float | None = None
    harmonicity_db: float | None = None
    cepstral_peak_db: float | None = None
    rate_syl_per_s: float | None = None
    pause_share: float | None = None
    stress_per_s: float | None = None
    intonation: float | None = None


class Prosody(Plain, frozen=True, kw_only=True):
    """What was measured on one segment; null where the measurement does not carry the value.

    f0_median_st       median of F0 in semitones above 55 Hz
    f0_range_st        5th to 95th percentile of F0, in semitones
    f0_slope_st_per_s  slope of a robust line through F0
    voiced_share       voiced frames among speech frames, 0..1
    f0_confidence      mean periodicity of the voiced frames, 0..1
    level_db           level over speech frames, dB re full scale (8-bit companding peaks near 0)
    level_slope_db_per_s
    tilt_db            energy above 1 kHz against below, over speech frames (rises with vocal effort)
    rate_syl_per_s     syllable nuclei per second of speech, counted without a transcript
    pause_share        pauses inside the segment, share of its length 0..1
    longest_pause_ms
    stress_per_s       prominent syllables per second of speech
    stress_peak_z      how far the strongest syllable stands out, in robust deviations
    intonation         shape of the end of the phrase
    f0_final_st        movement of F0 over the last voiced stretch, at most 500 ms, in semitones; a rise is positive
    f0_final_st_per_s  how fast that was
    harmonicity_db     harmonics to noise over voiced frames
    cepstral_peak_db   cepstral peak prominence of the telephone's band over voiced frames (rises with a firm voice)
    stress_count       prominent syllables
    stress_peak_ms     when the strongest one was, from the start of the segment
    confidence         of each measure; null in what was written before there was one
    """

    f0_median_st: float | None = None
    f0_range_st: float | None = None
    f0_slope_st_per_s: float | None = None
    voiced_share: float = 0.0
    f0_confidence: float = 0.0
    level_db: float | None = None
    level_slope_db_per_s: float | None = None
    tilt_db: float | None = None
    rate_syl_per_s: float | None = None
    pause_share: float = 0.0
    longest_pause_ms: int = 0
    stress_per_s: float | None = None
    stress_peak_z: float | None = None
    intonation: Literal["rise", "fall", "flat", "expressive", "level", "uncertain"] = "uncertain"
    f0_final_st: float | None = None
    f0_final_st_per_s: float | None = None
    harmonicity_db: float | None = None
    cepstral_peak_db: float | None = None
    stress_count: int | None = None
    stress_peak_ms: int | None = None
    confidence: ProsodyConfidence | None = None


class Posterior(Plain, frozen=True, kw_only=True):
    """Calibrated probabilities of the encoder; they add up to 1."""

    angry: float
    happy: float
    neutral: float
    sad: float


class Quality(Plain, frozen=True, kw_only=True):
    """Can this segment be judged at all?"""

    snr_db: float | None = None
    clipped_share: float = 0.0
    missing_ms: int = 0
    speech_ms: int = 0
    overlap_share: float = 0.0


class ModelRef(Plain, frozen=True, kw_only=True):
    """Which weights said it: a name, and the first twelve hex digits of the file's SHA-256."""

    name: str
    version: str


class CallOpened(Message, frozen=True, kw_only=True, tag="call_opened"):
    """A listener began to follow a call (again after a time-out, if audio comes back)."""

    roles: tuple[Role, ...]
    notice_given: bool
    started_at_ms: int = 0
    queue: str = ""
    title: str = ""
    language: str = ""
    synthetic: bool = False


class Segment(Message, frozen=True, kw_only=True, tag="segment"):
    """One stretch of speech on one channel, closed by a pause, by 4 s of length, by a gap or by the call's end.

    An agent's segment carries times only. `abstained` says why there is no posterior to rely on. `posterior` is of this
    segment alone; `doubt` the chance that its largest share is wrong, `degraded` that the tone is a degraded one.
    `embedding` (float16, little endian; base64 in JSON) is what a judgement against the caller's own usual needs, and
    `space` names the weights that it belongs to.
    `spoken_at_ms` is the wall clock at the end of its speech, `emitted_at_ms` when it was written.
    """

    segment_id: str
    channel: int
    role: Role
    start_ms: int
    end_ms: int
    closed_by: ClosedBy
    audio: AudioSpan
    prosody: Prosody | None = None
    posterior: Posterior | None = None
    quality: Quality = Quality()
    abstained: str | None = None
    model: ModelRef | None = None
    spoken_at_ms: int = 0
    emitted_at_ms: int = 0
    doubt: float | None = None
    degraded: float | None = None
    embedding: bytes = b""
    space: str = ""


class Words(Message, frozen=True, kw_only=True, tag="words"):
    """What was said in a segment; follows the segment, only where speech-to-text was worth its cost."""

    segment_id: str
    channel: int
    start_ms: int
    end_ms: int
    text: str
    confidence: float
    model: ModelRef


class CallClosed(Message, frozen=True, kw_only=True, tag="call_closed"):
    """Nothing more comes for this call. Counters are over the listener that closed it."""

    reason: CloseReason
    duration_ms: int
    segments: int = 0
    chunks: int = 0
    chunks_rejected: int = 0
    missing_ms: int = 0
    words_shed: int = 0


SegmentMessage = CallOpened | Segment | Words | CallClosed


# --- facts: the only thing besides optional audio that a model sees --------------------------------------------


class Fact(Plain, frozen=True, kw_only=True):
    """One measurement beside the caller's own baseline.

    `delta` is value - baseline in `unit`; `z` is delta over the baseline's robust spread; `salient` says that the
    difference is large enough to be worth a sentence.
    """

    name: str
    value: float
    baseline: float
    unit: str
    delta: float
    z: float
    salient: bool
    confidence: float = 1.0


class Quote(Plain, frozen=True, kw_only=True):
    """What the caller said, with the segment it was said in."""

    segment_id: str
    start_ms: int
    text: str


class FactsTable(Plain, frozen=True, kw_only=True):
    """What was measured around a moment. `at_ms` is the moment; values are taken over the window.

    `interruptions` by either party, and the longest silence of both, lie within it too.
    """

    v: int = 1
    at_ms: int
    window_start_ms: int
    window_end_ms: int
    baseline_segments: int
    tone: float
    tone_before: float
    facts: tuple[Fact, ...]
    posterior: Posterior | None
    posterior_baseline: Posterior | None
    talk_over_ms: int = 0
    agent_talk_share: float | None = None
    quotes: tuple[Quote, ...] = ()
    last_rationale: str = ""
    interruptions: int = 0
    longest_silence_ms: int = 0


# --- tonewatch.tone.v1, tonewatch.moments.v1, tonewatch.alerts.v1, tonewatch.rationales.v1 (JSON) --------------


class Tone(Message, frozen=True, kw_only=True, tag="tone"):
    """The caller's rolling tone after a segment, in [-1, 1]; `spread` is one standard deviation of it.

    `tone` is null while the monitor abstains, and `abstained` says why. `risk` in 0..1 orders the board.
    """

    segment_id: str
    role: Role
    start_ms: int
    end_ms: int
    tone: float | None
    spread: float
    risk: float
    posterior: Posterior | None = None
    abstained: str | None = None
    baseline_ready: bool = False
    facts: tuple[Fact, ...] = ()
    spoken_at_ms: int = 0
    emitted_at_ms: int = 0


class CallState(Message, frozen=True, kw_only=True, tag="call_state"):
    """A call appears, ends, or is only counted because the caller was not told."""

    state: Literal["live", "not_analysed", "ended"]
    roles: tuple[Role, ...] = ()
    started_at_ms: int = 0
    queue: str = ""
    title: str = ""
    synthetic: bool = False
    duration_ms: int = 0
    reason: str = ""
    words_shed: int = 0


ToneMessage = Tone | CallState


class Thresholds(Plain, frozen=True, kw_only=True):
    """What the rule was set to when it decided. `fire` and `clear` are in `unit`.

    tone    rolling tone, fires below and clears above
    chance  that the tone is a degraded one, fires above and clears below
    count   interruptions within `within_ms`
    ms      of silence
    """

    fire: float
    clear: float
    hold_ms: int
    cooldown_ms: int
    min_segments: int
    unit: Literal["tone", "chance", "count", "ms"] = "tone"
    within_ms: int = 0


class Evidence(Plain, frozen=True, kw_only=True):
    """One segment that the alert rests on. `chance` that its tone is a degraded one, judged by itself."""

    segment_id: str
    start_ms: int
    end_ms: int
    audio: AudioSpan
    tone: float
    chance: float | None = None


class Acted(Plain, frozen=True, kw_only=True):
    """What somebody did with an alert: for the audit. `detail`: to whom, for how long, or the comment."""

    action: ActionKind
    by: str
    acted_at_ms: int
    detail: str = ""


class Alert(Message, frozen=True, kw_only=True, tag="alert"):
    """One event in the life of an alert. `seq` counts the events of one alert from 0; ids are stable over replays.

    `state` is what its condition does, `event` what this record tells. What people did with it stands beside the
    state and does not change it, except that they may resolve and reopen by hand: `acknowledged_by`, `assigned_to`,
    `snoozed_until_ms` (media time) and `acted`, oldest first. `also` names rules that hold for the same cause.
    """

    alert_id: str
    seq: int
    rule: str
    state: AlertState
    severity: Literal["watch", "act"]
    onset_ms: int
    fired_ms: int
    peak_ms: int
    peak_tone: float
    resolved_ms: int | None = None
    resolved_by: Literal["recovery", "call_end", "person", ""] = ""
    sentence: str
    evidence: tuple[Evidence, ...]
    facts: FactsTable
    thresholds: Thresholds
    model: ModelRef | None = None
    decided_by: Literal["detector", "model", "facts"] = "detector"
    spoken_at_ms: int = 0
    emitted_at_ms: int = 0
    event: AlertEvent | Literal[""] = ""
    cause: Cause = "tone"
    queue: str = ""
    also: tuple[str, ...] = ()
    chance: float | None = None
    times_reopened: int = 0
    acknowledged_by: str = ""
    assigned_to: str = ""
    snoozed_until_ms: int | None = None
    acted: tuple[Acted, ...] = ()


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]

LONGEST_SNOOZE_MS = 3_600_000


class AlertAction(Message, frozen=True, kw_only=True, tag="alert_action"):
    """Somebody does something with an alert. `action_id` is of the sender's choice: a second one changes nothing.

    `snooze_ms` is how long a snooze lasts, `assignee` whom an alert is given to, `note` a comment.
    """

    action_id: Name
    alert_id: str
    action: ActionKind
    by: Name
    acted_at_ms: int = 0
    snooze_ms: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_SNOOZE_MS)] = 0
    assignee: Annotated[str, msgspec.Meta(max_length=80)] = ""
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Silence(Message, frozen=True, kw_only=True, tag="silence"):
    """Nobody has spoken on a live call up to `now_ms`: written by a monitor whose clock says so."""

    now_ms: int


ControlMessage = AlertAction | Silence


class Moment(Message, frozen=True, kw_only=True, tag="moment"):
    """A point in the call that deserves a reason."""

    moment_id: str
    kind: MomentKind
    at_ms: int
    alert_id: str
    facts: FactsTable
    sentence: str
    emitted_at_ms: int = 0


class Claim(Plain, frozen=True, kw_only=True):
    """One statement found in a reason, and what the facts say to it."""

    text: str
    kind: str
    verdict: Literal["true", "false", "unsupported"]
    fact: str = ""


class Rationale(Message, frozen=True, kw_only=True, tag="rationale"):
    """Why. `text` is fit to be shown: every claim in it agrees with the facts of the moment.

    `source` is who wrote `text`; `fallback` says why it was not the model. `claims` are those of the model's text.
    """

    moment_id: str
    alert_id: str
    kind: MomentKind
    at_ms: int
    text: str
    source: Literal["model", "facts"]
    decision: Decision
    label: str
    confidence: float
    fallback: Literal["", "missing", "late", "malformed", "contradicts", "empty", "shed"] = ""
    claims: tuple[Claim, ...] = ()
    claims_total: int = 0
    claims_false: int = 0
    model: ModelRef | None = None
    seconds: float = 0.0
    emitted_at_ms: int = 0


AnyMessage = CallMessage | SegmentMessage | ToneMessage | Alert | ControlMessage | Moment | Rationale
