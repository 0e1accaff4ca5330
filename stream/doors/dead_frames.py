"""Frames that no call can use go to the dead letters of the calls topic, each with its reason.

The bytes go with it only where the call gave notice: of any other, nothing that was said may be kept.
"""

from __future__ import annotations

import logging

from tonewatch.stream.errors import BadRecord
from tonewatch.stream.kafka.clients import Sender, deliver
from tonewatch.stream.kafka.dead_letters import WITHHELD, dead_letter_headers
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import CALLS

log = logging.getLogger(__name__)

NOWHERE = -1
"""Partition and offset of what never was a record."""


class DeadFrames:
    def __init__(self, producer: Sender, metrics: Metrics) -> None:
        self._producer = producer
        self._metrics = metrics

    async def send(self, door: str, call_id: str, frame: bytes, error: BadRecord, *, notice_given: bool) -> None:
        # A decoder's text quotes what was sent.
        told = error if notice_given else BadRecord("The frame cannot be used.", reason=error.reason)
        headers = [*dead_letter_headers(CALLS.name, NOWHERE, NOWHERE, told), ("door", door.encode())]
        if not notice_given:
            headers += [("left_out_bytes", str(len(frame)).encode()), (WITHHELD, b"no_notice")]
        value, key = (frame if notice_given else b""), (call_id.encode(errors="replace") or None)
        await deliver(self._producer, CALLS.dlq, value, key=key, headers=headers)
        self._metrics.door_frames.labels(door=door, outcome="bad").inc()
        self._metrics.dead_letters.labels(topic=CALLS.name, reason=error.reason).inc()
        log.warning(
            "A frame of a door went to the dead letters",
            extra={"door": door, "call_id": call_id, "reason": error.reason, "bytes": len(frame)},
        )
