"""A sender to the plain websocket; for the simulator."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tonewatch.stream.doors.frames import interleaved
from tonewatch.stream.doors.simulate.client import Caller, Messages
from tonewatch.stream.doors.simulate.source import Tick
from tonewatch.stream.messages import Codec


class PlainClient:
    is_numbered = False

    def __init__(self, caller: Caller, begin_ms: int | None = None, codec: Codec = "pcm16") -> None:
        self.codec = codec
        self._caller = caller
        self._begin_ms = begin_ms

    def headers(self, url: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._caller.secret}"} if self._caller.secret else {}

    def open(self) -> Messages:
        caller = self._caller
        hello = {
            "type": "hello",
            "call_id": caller.call_id,
            "codec": self.codec,
            "rate_hz": 8_000,
            "roles": caller.roles,
            "notice_given": caller.notice_given,
            "queue": caller.queue,
            "title": caller.title,
            "language": caller.language,
            "caller_id": caller.caller_id,
            "agent_id": caller.agent_id,
        }
        return [json.dumps(hello if self._begin_ms is None else {**hello, "at_ms": self._begin_ms})]

    def waits(self) -> bool:
        return True

    def is_opened(self, answer: str) -> bool:
        return bool(json.loads(answer).get("type") == "ready")

    def tick(self, tick: Tick) -> Messages:
        return [interleaved(tick.parts, self.codec)]

    def hold(self, begin_ms: int, end_ms: int) -> Messages:
        return [json.dumps({"type": "skip", "ms": end_ms - begin_ms})]

    def end(self) -> Messages:
        return [json.dumps({"type": "end"})]

    def again(self, at_ms: int) -> PlainClient:
        return PlainClient(self._caller, at_ms, self.codec)
