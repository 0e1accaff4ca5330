"""Recorded calls through the code that runs live: the alerts that rules raise on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from tonewatch.stream.messages import Alert, CallOpened, SegmentMessage
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step


@dataclass(frozen=True)
class Raised:
    """One alert that fired, as it stood at the end."""

    alert: Alert
    events: tuple[str, ...]


def raised_on(messages: Iterable[SegmentMessage], config: ToneConfig, queue: str = "") -> Iterator[Raised]:
    """The alerts of one call but pending ones that came to nothing. `queue`: the call is taken for one of it."""
    memory = CallMemory()
    newest: dict[str, Alert] = {}
    events: dict[str, list[str]] = {}
    for message in messages:
        if isinstance(message, CallOpened) and queue:
            message = msgspec.structs.replace(message, call=msgspec.structs.replace(message.call, queue=queue))
        for output in step(memory, message, config):
            if isinstance(output, Alert):
                newest[output.alert_id] = output
                events.setdefault(output.alert_id, []).append(output.event)
    for alert_id, alert in newest.items():
        if "fired" in events[alert_id]:
            yield Raised(alert, tuple(events[alert_id]))
