"""What is written to `tonewatch.moments.v1`, as JSON: the points of a call that deserve a reason."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tonewatch.stream.messages.bounds import AlertId, Computed, EpochMs, MediaMs, MomentId, Reason, Word
from tonewatch.stream.messages.common import Message, Plain
from tonewatch.stream.messages.facts import FactsTable

MomentKind = Literal["onset", "update", "recovery"]


TOLD_MOST = 8
"""Earlier reasons of a call that a moment carries, the newest ones."""


class Told(Plain, frozen=True, kw_only=True):
    """What an earlier reason of the same call said: `verdict` and `emotion` of its argument, since when, and its text.

    `emotion` is '' where it was doubted. `cues` are the measurements that it named, `+level` or `-rate`; `doing` is
    what it said of the caller's behaviour, `quote` a phrase of the caller's that it quoted.
    """

    at_ms: MediaMs
    kind: MomentKind
    verdict: Word
    since_ms: MediaMs = 0
    emotion: Word = ""
    tone: Computed = 0.0
    cues: Annotated[tuple[Word, ...], Meta(max_length=16)] = ()
    doing: Annotated[tuple[Word, ...], Meta(max_length=16)] = ()
    quote: Annotated[str, Meta(max_length=200)] = ""
    rival: Word = ""
    text: Annotated[str, Meta(max_length=500)] = ""


class Moment(Message, frozen=True, kw_only=True, tag="moment"):
    """A point in the call that deserves a reason. `told`: the call's earlier reasons, the oldest first.

    `closing`: the call is over, and `sentence` sums its account up; such a moment is of no alert and asks no model.
    """

    moment_id: MomentId
    kind: MomentKind
    at_ms: MediaMs
    alert_id: AlertId
    facts: FactsTable
    sentence: Reason
    emitted_at_ms: EpochMs = 0
    told: Annotated[tuple[Told, ...], Meta(max_length=TOLD_MOST)] = ()
    closing: bool = False
