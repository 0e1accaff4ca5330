"""What is written to `tonewatch.moments.v1`, as JSON: the points of a call that deserve a reason."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages.common import Message
from tonewatch.stream.messages.facts import FactsTable

MomentKind = Literal["onset", "update", "recovery"]


class Moment(Message, frozen=True, kw_only=True, tag="moment"):
    """A point in the call that deserves a reason."""

    moment_id: str
    kind: MomentKind
    at_ms: int
    alert_id: str
    facts: FactsTable
    sentence: str
    emitted_at_ms: int = 0
