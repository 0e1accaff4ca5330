"""What is written to `tonewatch.alert_actions.v1`, as JSON: what a monitor is told from outside the calls."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tonewatch.stream.messages.alert import ActionKind
from tonewatch.stream.messages.bounds import AlertId, EpochMs, Name
from tonewatch.stream.messages.common import Message
from tonewatch.stream.messages.segment import Silence

LONGEST_SNOOZE_MS = 3_600_000


class AlertAction(Message, frozen=True, kw_only=True, tag="alert_action"):
    """Somebody does something with an alert. `action_id` is of the sender's choice: a second one changes nothing.

    `snooze_ms` is how long a snooze lasts (0 ends one), `assignee` whom an alert is given to ('' takes it from whoever
    has it), `note` a comment. `seen_assigned_to` is who had the alert as its sender saw it ('' for nobody): where
    somebody else has it by now, nothing is done. Null gives it away whoever has it, as senders of before did.
    """

    action_id: Name
    alert_id: AlertId
    action: ActionKind
    by: Name
    acted_at_ms: EpochMs = 0
    snooze_ms: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_SNOOZE_MS)] = 0
    assignee: Annotated[str, msgspec.Meta(max_length=80)] = ""
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""
    seen_assigned_to: Annotated[str, msgspec.Meta(max_length=80)] | None = None


ControlMessage = AlertAction | Silence
"""A silence was written here by monitors of before; a listener writes it among the segments now."""
