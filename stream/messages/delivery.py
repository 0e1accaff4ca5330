"""What is written to `tonewatch.deliveries.v1`, as JSON: what is, was or will be told to whom about alerts.

The topic is compacted, its key is the delivery's id: the newest record of a delivery is all that is known of it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tonewatch.stream.messages.alert import AlertEvent, AlertState, Cause
from tonewatch.stream.messages.bounds import AlertId, CallId, Count, EpochMs, Label, MediaMs, SpokenText, Title, Word
from tonewatch.stream.messages.common import Message, Plain

NoticeKind = Literal["raised", "updated", "acknowledged", "resolved"]
"""What a receiver is to do with it: open something, change it, say that somebody has it, close it."""

DeliveryState = Literal["waiting", "delivered", "dead", "cancelled", "dropped"]
"""`cancelled`: somebody took the alert, or it was over, before its time came; or its call's notice was withdrawn.
`dropped`: in quiet hours. `dead`: it is among the dead letters, with the reason."""

MOST_NOTICES = 20
"""In one message to a receiver; what more comes in its time makes another one."""


class Notice(Plain, frozen=True, kw_only=True):
    """One event of an alert, as far as the route lets it leave the house: `sentence` may be cut, or empty."""

    alert_id: AlertId
    call_id: CallId
    seq: Count
    kind: NoticeKind
    event: AlertEvent | Literal[""] = ""
    state: AlertState
    severity: Literal["watch", "act"]
    rule: Word
    cause: Cause = "tone"
    queue: Label = ""
    onset_ms: MediaMs
    fired_ms: MediaMs
    resolved_ms: MediaMs | None = None
    resolved_by: Word = ""
    acknowledged_by: Word = ""
    assigned_to: Word = ""
    emitted_at_ms: EpochMs = 0
    sentence: SpokenText = ""


class Delivery(Message, frozen=True, kw_only=True, tag="delivery"):
    """One message to one receiver. `delivery_id` is the same for every try of it, in every process.

    `notices` are what it tells, the oldest first. `group` is what they have in common ('' where it is not grouped),
    `step` the step of an escalation, from 1; 0 is the first message. `due_at_ms` is when it is tried next,
    `tried_at_ms` when it was tried first (0: not yet). `address` is a hash of the receiver's address, where that said
    that it is gone. `receipt` is what the receiver calls the message.
    """

    delivery_id: Word
    target: Word
    route: Word
    state: DeliveryState
    notices: Annotated[tuple[Notice, ...], Meta(max_length=MOST_NOTICES)]
    group: Title = ""
    step: Count = 0
    planned_at_ms: EpochMs
    due_at_ms: EpochMs
    tried_at_ms: EpochMs = 0
    ended_at_ms: EpochMs = 0
    attempts: Count = 0
    reason: Word = ""
    address: Word = ""
    receipt: Title = ""
