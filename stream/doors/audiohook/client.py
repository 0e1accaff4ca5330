"""A session as Genesys opens it; for the simulator."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from tonewatch.stream.doors.audiohook.signature import decode_secret, sign
from tonewatch.stream.doors.frames import interleaved
from tonewatch.stream.doors.simulate.client import Caller, Messages
from tonewatch.stream.doors.simulate.source import TICK_MS, Tick
from tonewatch.stream.messages import Codec

PING_MS = 5_000
ORGANIZATION = "d7934305-0972-4844-938e-9060eef73d05"


class AudioHookClient:
    """`former`: the session that this one continues. The position of each session begins at 0."""

    is_numbered = False

    def __init__(
        self,
        caller: Caller,
        codec: Codec = "mulaw",
        former: AudioHookClient | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.codec = codec
        self._caller = caller
        self._former = former
        self._clock = clock
        self.id = str(uuid.uuid4())
        self.seq = 0
        self.serverseq = 0
        self._position_ms = 0
        self._pinged_ms = 0

    def headers(self, url: str) -> Mapping[str, str]:
        plain = {
            "audiohook-organization-id": ORGANIZATION,
            "audiohook-session-id": self.id,
            "audiohook-correlation-id": str(uuid.uuid4()),
        }
        caller = self._caller
        if not caller.key:
            return {**plain, "x-api-key": caller.secret} if caller.secret else plain
        nonce, now_s = secrets.token_urlsafe(24), int(self._clock())
        said = f';keyid="{caller.key}";nonce="{nonce}";alg="hmac-sha256";created={now_s};expires={now_s + 10}'
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        signed = sign(plain, target, parts.netloc, caller.key, decode_secret(caller.secret) or b"", said)
        return {**plain, "x-api-key": caller.key, **signed}

    def open(self) -> Messages:
        parties = ["internal" if role == "agent" else "external" for role in self._caller.roles]
        form = "PCMU" if self.codec == "mulaw" else "L16"
        said: dict[str, Any] = {
            "organizationId": ORGANIZATION,
            "conversationId": self._caller.call_id,
            "participant": {"id": str(uuid.uuid4()), "ani": "", "aniName": "", "dnis": ""},
            "media": [{"type": "audio", "format": form, "channels": parties, "rate": 8_000}],
            "customConfig": self._caller.parameters,
        }
        if former := self._former:
            continued = {"id": former.id, "serverseq": former.serverseq, "clientseq": former.seq}
            said["continuedSessions"] = [continued]
        return [self._say("open", said)]

    def waits(self) -> bool:
        return True

    def is_opened(self, answer: str) -> bool:
        said = json.loads(answer)
        self.serverseq = max(self.serverseq, said.get("seq", 0))
        return bool(said.get("type") == "opened")

    def tick(self, tick: Tick) -> Messages:
        messages: list[str | bytes] = [interleaved(tick.parts, self.codec)]
        self._position_ms += TICK_MS
        if self._position_ms - self._pinged_ms >= PING_MS:
            self._pinged_ms = self._position_ms
            messages.append(self._say("ping", {}))
        return messages

    def hold(self, begin_ms: int, end_ms: int) -> Messages:
        paused = self._say("paused", {})
        said = {"start": _duration(self._position_ms), "discarded": _duration(end_ms - begin_ms)}
        self._position_ms += end_ms - begin_ms
        return [paused, self._say("resumed", said)]

    def end(self) -> Messages:
        return [self._say("close", {"reason": "end"})]

    def again(self, at_ms: int) -> AudioHookClient:
        return AudioHookClient(self._caller, self.codec, self, self._clock)

    def _say(self, kind: str, said: dict[str, Any]) -> str:
        self.seq += 1
        body = {"version": "2", "type": kind, "id": self.id, "seq": self.seq, "serverseq": self.serverseq}
        return json.dumps({**body, "position": _duration(self._position_ms), "parameters": said})


def _duration(ms: int) -> str:
    return f"PT{ms / 1000:g}S" if ms < 1_000_000 else f"PT{ms / 1000:.3f}S"
