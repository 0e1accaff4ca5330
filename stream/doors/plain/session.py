"""A plain websocket: one JSON hello, then audio as binary messages, then one JSON end.

    {"type": "hello", "call_id": "c-1", "codec": "pcm16", "rate_hz": 16000, "roles": ["customer", "agent"],
     "notice_given": true, "queue": "claims"}

Binary: interleaved samples of all channels, little endian, any length; media time is what was sent.
`{"type": "skip", "ms": 1500}` moves it on over time that is not sent. `{"type": "end"}` ends the call; a connection
that closes without it may come again, with `at_ms` in its hello where the sender knows the media time. The door answers
the hello with `{"type": "ready"}`, and says why before it refuses: `{"type": "error", "reason": "..."}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from tonewatch.stream.doors.credentials import Secret, bearer
from tonewatch.stream.doors.door_call import CallFacts, facts
from tonewatch.stream.doors.frames import Frame, check, parted, width
from tonewatch.stream.doors.json_messages import decoded
from tonewatch.stream.doors.session import Began, Effect, Heard, Held, Knock, Over, Reply
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Codec
from tonewatch.stream.messages.bounds import CallMs


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    call_id: str
    codec: Codec = "pcm16"
    rate_hz: Annotated[int, msgspec.Meta(ge=6_000, le=192_000)] = 8_000
    roles: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=16)] = ("customer", "agent")
    channels: Annotated[tuple[int, ...], msgspec.Meta(min_length=1, max_length=16)] | None = None
    notice_given: bool = False
    queue: str = ""
    title: str = ""
    language: str = ""
    caller_id: str = ""
    agent_id: str = ""
    at_ms: CallMs | None = None

    @property
    def facts(self) -> CallFacts:
        said = {
            "queue": self.queue,
            "title": self.title,
            "language": self.language,
            "caller": self.caller_id,
            "agent": self.agent_id,
            "notice": "true" if self.notice_given else "",
        }
        return facts(self.call_id, self.roles, said)


class Skip(msgspec.Struct, frozen=True, tag_field="type", tag="skip"):
    ms: CallMs


class End(msgspec.Struct, frozen=True, tag_field="type", tag="end"):
    pass


_decoder = msgspec.json.Decoder(Hello | Skip | End)


class PlainDoor:
    """Proved by `Authorization: Bearer` and a token."""

    name = "websocket"
    path = "/websocket"

    def check(self, secrets: Sequence[Secret]) -> None:
        """Any secret will do."""

    def admit(self, knock: Knock, secrets: Sequence[Secret]) -> str:
        return bearer(knock.headers.get("authorization", ""), secrets)

    def session(self, knock: Knock) -> PlainSession:
        return PlainSession()


class PlainSession:
    def __init__(self) -> None:
        self.notice_given = False
        self._hello: Hello | None = None
        self._channels: tuple[int, ...] = ()
        self._samples = 0
        self._skipped_ms = 0

    def take(self, message: str | bytes) -> Sequence[Effect]:
        if isinstance(message, bytes):
            return [Heard(self._frames(message))]
        said = decoded(_decoder, message, "a plain websocket")
        if isinstance(said, Hello):
            return self._begin(said)
        if isinstance(said, End):
            return [Over()]
        self._require()
        self._skipped_ms += said.ms
        return [Held()]

    def refuse(self, reason: str) -> Sequence[Effect]:
        return [_reply("error", reason=reason)]

    def drain(self) -> Sequence[Effect]:
        return [_reply("stopping")]

    def _begin(self, hello: Hello) -> Sequence[Effect]:
        if self._hello is not None:
            raise Unprocessable("A second hello came: each call needs a connection of its own.", reason="began_twice")
        known = hello.facts
        self._channels = hello.channels if hello.channels is not None else tuple(range(len(known.roles)))
        self._hello, self.notice_given = hello, known.notice_given
        return [Began(known, self._channels, at_ms=hello.at_ms), _reply("ready")]

    def _frames(self, audio: bytes) -> tuple[Frame, ...]:
        hello = self._require()
        at_ms = self._samples * 1_000 // hello.rate_hz + self._skipped_ms
        parts = parted(audio, len(self._channels), hello.codec)
        frames = tuple(
            Frame(channel, at_ms, part, hello.codec, hello.rate_hz)
            for channel, part in zip(self._channels, parts, strict=True)
        )
        check(frames[0])
        self._samples += len(parts[0]) // width(hello.codec)
        return frames

    def _require(self) -> Hello:
        if self._hello is None:
            raise Unprocessable("Something came before the hello.", reason="no_hello")
        return self._hello


def _reply(kind: Literal["ready", "error", "stopping"], **more: Any) -> Reply:  # noqa: ANN401
    return Reply(msgspec.json.encode({"type": kind, **more}).decode())
