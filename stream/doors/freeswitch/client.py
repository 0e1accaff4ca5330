"""A stream as jambonz' listen sends it, for the simulator; FreeSWITCH's modules send a text of one's own first."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping

from tonewatch.stream.doors.frames import interleaved
from tonewatch.stream.doors.simulate.client import Caller, Messages
from tonewatch.stream.doors.simulate.source import Tick
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Codec

_PAIRS = (("customer", "agent"), ("agent", "customer"))


class FreeSwitchClient:
    """
    Raises:
        SettingsError: the channels are no stream of FreeSWITCH's.
    """

    codec: Codec = "pcm16"
    is_numbered = False

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        if len(caller.roles) > 1 and caller.roles not in _PAIRS:
            raise SettingsError("FreeSWITCH streams customer and agent, or one channel: choose by --channels.")

    def headers(self, url: str) -> Mapping[str, str]:
        caller = self._caller
        if not caller.secret:
            return {}
        if not caller.key:
            return {"Authorization": f"Bearer {caller.secret}"}
        return {"Authorization": f"Basic {b64encode(f'{caller.key}:{caller.secret}'.encode()).decode()}"}

    def open(self) -> Messages:
        caller = self._caller
        mono = "mixed" if caller.roles == ("mixed",) else "mono"
        described = {
            "sampleRate": 8_000,
            "mixType": "stereo" if len(caller.roles) == 2 else mono,
            "callSid": caller.call_id,
            "direction": "inbound",
            "callStatus": "in-progress",
            "role": caller.roles[0],
        }
        return [json.dumps({**described, **caller.parameters})]

    def waits(self) -> bool:
        return False

    def is_opened(self, answer: str) -> bool:
        return True

    def tick(self, tick: Tick) -> Messages:
        return [interleaved(tick.parts, self.codec)]

    def hold(self, begin_ms: int, end_ms: int) -> Messages:
        return []

    def end(self) -> Messages:
        return []

    def again(self, at_ms: int) -> FreeSwitchClient:
        return FreeSwitchClient(self._caller)
