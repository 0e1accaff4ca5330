"""The messages on the topics: the contract with integrators.

Calls travel as msgpack (audio is bytes), everything after them as JSON. Every message carries its version `v` and
a `type` tag. Fields are only ever added, with a default; readers ignore fields they do not know. Times are
milliseconds: `*_ms` without a prefix is media time, counted from the start of the call's audio; `*_at_ms` is wall
clock time since the Unix epoch, kept for measuring delays; within a call it decides nothing (which earlier calls of a
caller count is told by it). How long and how large anything may be stands in `bounds`.
"""

from __future__ import annotations

from tonewatch.stream.messages.abstention import ABSTENTIONS, AbstainedByListener, AbstainedByMonitor, Abstention
from tonewatch.stream.messages.access import Access, AccessKind
from tonewatch.stream.messages.alert import (
    Acted,
    ActionKind,
    Alert,
    AlertEvent,
    AlertState,
    Cause,
    Evidence,
    Provenance,
    Thresholds,
)
from tonewatch.stream.messages.bounds import (
    AlertId,
    CallerId,
    CallId,
    CallMs,
    Channel,
    ClaimText,
    ClockMs,
    Computed,
    Count,
    Embedding,
    EpochMs,
    Label,
    Language,
    Measured,
    MediaMs,
    MomentId,
    Name,
    Offset,
    Partition,
    Payload,
    RateHz,
    Reason,
    SegmentId,
    Share,
    SignedMs,
    SpokenText,
    Title,
    Url,
    Version,
    Word,
    is_call_id_short,
)
from tonewatch.stream.messages.call import (
    AudioChunk,
    CallClock,
    CallEnded,
    CallMessage,
    CallStarted,
    ChannelClock,
    ChannelRoles,
    Codec,
    NoticeWithdrawn,
)
from tonewatch.stream.messages.call_attributes import CallAttributes, CallRecord, Extra, Roles, read_flat_attributes
from tonewatch.stream.messages.call_key import CallKey, CallShredded, KeyMessage
from tonewatch.stream.messages.caller import CallerForgotten, CallerMessage, PastCall
from tonewatch.stream.messages.common import VERSION, AudioSpan, Message, ModelRef, Plain, Role
from tonewatch.stream.messages.control import LONGEST_SNOOZE_MS, AlertAction, ControlMessage
from tonewatch.stream.messages.delivery import MOST_NOTICES, Delivery, DeliveryState, Notice, NoticeKind
from tonewatch.stream.messages.facts import Fact, Facts, FactsTable, Quote, Said, SpokenOf
from tonewatch.stream.messages.line import REFUSALS, LineCondition, Lines, LineState
from tonewatch.stream.messages.measures import PROSODY_BY_NAME, PROSODY_MEASURES, ProsodyMeasure, unit_of
from tonewatch.stream.messages.moment import TOLD_MOST, Moment, MomentKind, Told
from tonewatch.stream.messages.posterior import EMOTIONS, Emotion, Posterior, mean_posterior
from tonewatch.stream.messages.prosody import Prosody, ProsodyConfidence
from tonewatch.stream.messages.rationale import Claim, Decision, Rationale
from tonewatch.stream.messages.segment import (
    CallClosed,
    CallOpened,
    ClosedBy,
    CloseReason,
    Quality,
    Segment,
    SegmentMessage,
    Silence,
    SpokenWord,
    Words,
)
from tonewatch.stream.messages.tone import CallState, Tone, ToneMessage
from tonewatch.stream.messages.verdict import Rating, TextRatings, Verdict, VerdictKind

AnyMessage = (
    CallMessage
    | CallClock
    | SegmentMessage
    | ToneMessage
    | Alert
    | ControlMessage
    | Moment
    | Rationale
    | CallerMessage
    | Delivery
    | Access
    | Verdict
    | KeyMessage
)

__all__ = [
    "ABSTENTIONS",
    "EMOTIONS",
    "LONGEST_SNOOZE_MS",
    "MOST_NOTICES",
    "PROSODY_BY_NAME",
    "PROSODY_MEASURES",
    "REFUSALS",
    "TOLD_MOST",
    "VERSION",
    "AbstainedByListener",
    "AbstainedByMonitor",
    "Abstention",
    "Access",
    "AccessKind",
    "Acted",
    "ActionKind",
    "Alert",
    "AlertAction",
    "AlertEvent",
    "AlertId",
    "AlertState",
    "AnyMessage",
    "AudioChunk",
    "AudioSpan",
    "CallAttributes",
    "CallClock",
    "CallClosed",
    "CallEnded",
    "CallId",
    "CallKey",
    "CallMessage",
    "CallMs",
    "CallOpened",
    "CallRecord",
    "CallShredded",
    "CallStarted",
    "CallState",
    "CallerForgotten",
    "CallerId",
    "CallerMessage",
    "Cause",
    "Channel",
    "ChannelClock",
    "ChannelRoles",
    "Claim",
    "ClaimText",
    "ClockMs",
    "CloseReason",
    "ClosedBy",
    "Codec",
    "Computed",
    "ControlMessage",
    "Count",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Embedding",
    "Emotion",
    "EpochMs",
    "Evidence",
    "Extra",
    "Fact",
    "Facts",
    "FactsTable",
    "KeyMessage",
    "Label",
    "Language",
    "LineCondition",
    "LineState",
    "Lines",
    "Measured",
    "MediaMs",
    "Message",
    "ModelRef",
    "Moment",
    "MomentId",
    "MomentKind",
    "Name",
    "Notice",
    "NoticeKind",
    "NoticeWithdrawn",
    "Offset",
    "Partition",
    "PastCall",
    "Payload",
    "Plain",
    "Posterior",
    "Prosody",
    "ProsodyConfidence",
    "ProsodyMeasure",
    "Provenance",
    "Quality",
    "Quote",
    "RateHz",
    "Rating",
    "Rationale",
    "Reason",
    "Role",
    "Roles",
    "Said",
    "Segment",
    "SegmentId",
    "SegmentMessage",
    "Share",
    "SignedMs",
    "Silence",
    "SpokenOf",
    "SpokenText",
    "SpokenWord",
    "TextRatings",
    "Thresholds",
    "Title",
    "Told",
    "Tone",
    "ToneMessage",
    "Url",
    "Verdict",
    "VerdictKind",
    "Version",
    "Word",
    "Words",
    "is_call_id_short",
    "mean_posterior",
    "read_flat_attributes",
    "unit_of",
]
