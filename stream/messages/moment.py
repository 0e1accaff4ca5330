"""What is written to `tonewatch.moments.v1`, as JSON: the points of a call that deserve a reason."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages.bounds import AlertId, EpochMs, MediaMs, MomentId, Reason
from tonewatch.stream.messages.common import Message
from tonewatch.stream.messages.facts import FactsTable

MomentKind = Literal["onset", "update", "recovery"]


class Moment(Message, frozen=True, kw_only=True, tag="moment"):
    """A point in the call that deserves a reason."""

    moment_id: MomentId
    kind: MomentKind
    at_ms: MediaMs
    alert_id: AlertId
    facts: FactsTable
    sentence: Reason
    emitted_at_ms: EpochMs = 0
