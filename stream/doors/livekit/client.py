"""A track as LiveKit's egress sends it; for the simulator."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tonewatch.stream.doors.frames import interleaved
from tonewatch.stream.doors.livekit.address import signed
from tonewatch.stream.doors.simulate.client import Caller, Messages
from tonewatch.stream.doors.simulate.source import Tick
from tonewatch.stream.messages import Codec

_TIMES = 6
"""48 kHz of a telephone's 8."""

VALID_S = 60


class LiveKitClient:
    """`channel`: which of the call's channels the track is."""

    codec: Codec = "pcm16"
    is_numbered = False

    def __init__(self, caller: Caller, channel: int) -> None:
        self._caller = caller
        self._channel = channel
        self._last = 0

    def address(self, url: str, now_s: float) -> str:
        """The door's address with what an application says of the track when it starts the egress."""
        caller = self._caller
        origin, _, path = url.partition("://")
        host, _, path = path.partition("/")
        said = {
            "call_id": caller.call_id,
            "role": caller.roles[self._channel],
            "roles": ",".join(caller.roles),
            **caller.parameters,
        }
        return f"{origin}://{host}" + signed(f"/{path}", said, caller.secret, int(now_s) + VALID_S)

    def headers(self, url: str) -> Mapping[str, str]:
        return {"Content-Type": "audio/x-raw"}

    def open(self) -> Messages:
        return []

    def waits(self) -> bool:
        return False

    def is_opened(self, answer: str) -> bool:
        return True

    def tick(self, tick: Tick) -> Messages:
        samples = np.frombuffer(tick.parts[self._channel], dtype="<i2")
        known = np.concatenate([[self._last], samples])
        self._last = int(samples[-1])
        at = np.arange(1, _TIMES * len(samples) + 1) / _TIMES
        pcm = np.interp(at, np.arange(len(known)), known).round().astype("<i2").tobytes()
        return [interleaved([pcm, pcm], "pcm16")]

    def hold(self, begin_ms: int, end_ms: int) -> Messages:
        return ['{"muted":true}']

    def end(self) -> Messages:
        return []

    def again(self, at_ms: int) -> LiveKitClient:
        return LiveKitClient(self._caller, self._channel)
