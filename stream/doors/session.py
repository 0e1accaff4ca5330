"""What a protocol makes of the messages of one connection. It knows no socket, no Kafka and no clock.

A door on websockets is a `WebSocketProtocol`: who may come in, and a `Session` for each connection, which turns a
message into effects; `socket_call.py` carries them out, for all doors alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from tonewatch.stream.doors.channel_audio import EXACT_MS
from tonewatch.stream.doors.credentials import Secret
from tonewatch.stream.doors.door_call import CallFacts
from tonewatch.stream.doors.frames import Frame
from tonewatch.stream.errors import BadRecord


@dataclass(frozen=True)
class Began:
    """The connection carries these channels of this call. The other fields are those of `DoorCall.join`.

    `ends_by_closing`: the protocol has no other word for the end, so closing the connection in order is one.
    """

    facts: CallFacts
    channels: tuple[int, ...] | None = None
    at_ms: int | None = None
    first_number: int | None = None
    tolerance_ms: int = EXACT_MS
    ends_by_closing: bool = False


@dataclass(frozen=True)
class Heard:
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class Held:
    """Nothing will come for a while."""


@dataclass(frozen=True)
class Reply:
    text: str


@dataclass(frozen=True)
class Over:
    """The connection is to be closed. `ended`: its call is over; else it may come back."""

    ended: bool = True


@dataclass(frozen=True)
class Bad:
    """The message cannot be used; raised where nothing else follows from it."""

    error: BadRecord


Effect = Began | Heard | Held | Reply | Over | Bad


@dataclass(frozen=True)
class Knock:
    """The handshake of a connection. `url` is its address as the other side knows it; header names in lower case."""

    url: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"


class Session(Protocol):
    @property
    def notice_given(self) -> bool:
        """May what it sends be kept where it cannot be read?"""
        ...

    def take(self, message: str | bytes) -> Sequence[Effect]:
        """
        Raises:
            BadRecord: it is none of the protocol's, or not in its place; the session goes on.
        """
        ...

    def refuse(self, reason: str) -> Sequence[Effect]:
        """Said to the other side before the door closes the connection; `reason` is a short word."""
        ...

    def drain(self) -> Sequence[Effect]:
        """Said to the other side when the door is about to stop."""
        ...


@runtime_checkable
class Holding(Protocol):
    """A session that may hold audio back."""

    def rest(self) -> Sequence[Effect]:
        """All that is held: nothing more comes."""
        ...


class WebSocketProtocol(Protocol):
    name: str
    path: str

    def check(self, secrets: Sequence[Secret]) -> None:
        """
        Raises:
            SettingsError: a secret cannot be one of this door.
        """
        ...

    def admit(self, knock: Knock, secrets: Sequence[Secret]) -> str:
        """The tenant that the handshake proves to be.

        Raises:
            Refused: none.
        """
        ...

    def session(self, knock: Knock) -> Session: ...
