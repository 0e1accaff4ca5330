"""What the side of a telephony system says over a connection: a `Client` for each protocol, without a socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tonewatch.stream.doors.door_call import CallFacts
from tonewatch.stream.doors.simulate.source import Tick
from tonewatch.stream.messages import Codec

Messages = Sequence[str | bytes]


@dataclass(frozen=True)
class Caller(CallFacts):
    """Who calls, as a system says it. `secret` and `key` are those of the door."""

    secret: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """As they stand in TwiML or in `customConfig`; what is not known is left out."""
        known = {
            "queue": self.queue,
            "title": self.title,
            "language": self.language,
            "caller": self.caller_id,
            "agent": self.agent_id,
        }
        notice = {"notice": "true"} if self.notice_given else {}
        return notice | {name: value for name, value in known.items() if value}


class Client(Protocol):
    """One connection. `codec` is that of its ticks; `is_numbered`: its frames may be lost, swapped or sent twice."""

    codec: Codec
    is_numbered: bool

    def headers(self, url: str) -> Mapping[str, str]:
        """Of the handshake."""
        ...

    def open(self) -> Messages: ...

    def is_opened(self, answer: str) -> bool:
        """May audio be sent now? Asked of each answer until it may; a client that waits for none is opened at once."""
        ...

    def waits(self) -> bool:
        """Is there an answer to wait for before audio?"""
        ...

    def tick(self, tick: Tick) -> Messages: ...

    def hold(self, begin_ms: int, end_ms: int) -> Messages:
        """Nothing was sent of this time."""
        ...

    def end(self) -> Messages: ...

    def again(self, at_ms: int) -> Client:
        """The connection that follows this one, at a media time of the call."""
        ...
