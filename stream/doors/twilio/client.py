"""A stream as Twilio sends it; for the simulator."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from tonewatch.stream.doors.simulate.client import Caller, Messages
from tonewatch.stream.doors.simulate.source import Tick
from tonewatch.stream.doors.twilio.signature import signature
from tonewatch.stream.messages import Codec


class TwilioClient:
    """Chunks count from 1 and timestamps from 0, on each connection anew."""

    codec: Codec = "mulaw"
    is_numbered = True

    def __init__(self, caller: Caller, begin_ms: int = 0) -> None:
        self._caller = caller
        self._begin_ms = begin_ms
        self._sequence = 0
        self._tracks = ["inbound" if role != "agent" else "outbound" for role in caller.roles]

    def headers(self, url: str) -> Mapping[str, str]:
        return {"X-Twilio-Signature": signature(url, self._caller.secret)} if self._caller.secret else {}

    def open(self) -> Messages:
        form = {"encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1}
        start = {
            "accountSid": "AC0",
            "streamSid": "MZ0",
            "callSid": self._caller.call_id,
            "tracks": self._tracks,
            "mediaFormat": form,
            "customParameters": self._caller.parameters,
        }
        connected = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        return [connected, self._event("start", start)]

    def waits(self) -> bool:
        return False

    def is_opened(self, answer: str) -> bool:
        return True

    def tick(self, tick: Tick) -> Messages:
        at_ms = tick.at_ms - self._begin_ms
        # By the time, so that a tick that is sent twice or late bears its own number.
        chunk = at_ms // 20 + 1
        return [self._media(track, chunk, at_ms, part) for track, part in zip(self._tracks, tick.parts, strict=True)]

    def hold(self, begin_ms: int, end_ms: int) -> Messages:
        return []

    def end(self) -> Messages:
        return [self._event("stop", {"accountSid": "AC0", "callSid": self._caller.call_id})]

    def again(self, at_ms: int) -> TwilioClient:
        return TwilioClient(self._caller, at_ms)

    def _media(self, track: str, chunk: int, at_ms: int, part: bytes) -> str:
        payload = b64encode(part).decode()
        return self._event("media", {"track": track, "chunk": str(chunk), "timestamp": str(at_ms), "payload": payload})

    def _event(self, name: str, body: dict[str, Any]) -> str:
        self._sequence += 1
        return json.dumps({"event": name, "sequenceNumber": str(self._sequence), name: body, "streamSid": "MZ0"})
