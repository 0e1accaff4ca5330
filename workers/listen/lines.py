"""What each line of a call does: heard, refused, without audio, on hold; a pure core over what was received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from tonewatch.stream.messages import AudioChunk, LineCondition, LineState, Role
from tonewatch.workers.audio import codecs

LINE_QUIET_MS: Final = 5_000
"""Nothing was received of a channel for so long while another went on: its line has no audio."""

HOLD_AFTER_S: Final = 5.0
"""Nothing was received of any channel for so long, by a clock that runs while everything sent is read: on hold."""

REFUSED_MS: Final = 2_000
"""So much audio was refused and none accepted meanwhile: the line is refused, and not only a stray chunk."""

LINES_MOST: Final = 16
"""Lines that are told of; more channels than that are refused all the same."""

UNKNOWN_LENGTH_MS: Final = 200
"""What counts for a chunk whose length cannot be read."""

_SHORTEST_MS = 20


@dataclass(slots=True)
class _Line:
    """`refused_ms` since audio was accepted last, `reason_ms` of it with the newest reason."""

    state: LineState
    refused_ms: int = 0
    reason: str = ""
    reason_ms: int = 0

    def accepted(self) -> None:
        self.refused_ms, self.reason, self.reason_ms = 0, "", 0

    def refused(self, reason: str, length_ms: int) -> None:
        self.refused_ms += length_ms
        self.reason_ms = length_ms if reason != self.reason else self.reason_ms + length_ms
        self.reason = reason


class CallLines:
    """The lines of one call, by channel. Each change is told once, by `changes`, and so is a channel's first audio.

    Times are media time of the call; no state begins before the one that it follows.
    """

    def __init__(self) -> None:
        self._lines: dict[int, _Line] = {}
        self._changed: dict[int, None] = {}

    def states(self) -> Iterator[LineState]:
        return (line.state for line in self._lines.values())

    def changes(self) -> tuple[LineState, ...]:
        """The lines that changed since this was asked last, as they are now."""
        changed, self._changed = sorted(self._changed), {}
        return tuple(self._lines[channel].state for channel in changed)

    def received(self, channel: int, role: Role, start_ms: int) -> None:
        """Audio of the channel was accepted."""
        known = channel in self._lines
        line = self._line(channel, role)
        line.accepted()
        if not known:
            self._changed[channel] = None
        self._become(channel, role, "live", start_ms)

    def refused(self, channel: int, role: Role, reason: str, length_ms: int, heard_ms: int) -> None:
        """Audio of the channel was refused; `heard_ms`: up to where it had been heard."""
        # A second delivery of what was heard is no fault of the line.
        if reason == "duplicate" or (channel not in self._lines and len(self._lines) >= LINES_MOST):
            return
        line = self._line(channel, role)
        line.refused(reason, length_ms)
        if line.refused_ms < REFUSED_MS:
            return
        if line.state.state != "refused" or (line.state.reason != reason and line.reason_ms >= REFUSED_MS):
            self._become(channel, role, "refused", heard_ms, reason)

    def went_on(self, now_ms: int, heard_ms: Mapping[int, tuple[Role, int]]) -> None:
        """The call was heard up to `now_ms`. `heard_ms`: by channel its role, and up to where it was heard itself."""
        for channel, (role, until_ms) in heard_ms.items():
            if now_ms - until_ms <= LINE_QUIET_MS:
                continue
            if self._line(channel, role).state.state in ("live", "on_hold"):
                self._become(channel, role, "no_audio", until_ms)

    def hold(self, now_ms: int, roles: Mapping[int, Role]) -> None:
        """Nothing is received of the call any more. `roles`: of every channel that is known."""
        for channel, role in roles.items():
            self._become(channel, role, "on_hold", now_ms)

    def _line(self, channel: int, role: Role) -> _Line:
        if channel not in self._lines:
            self._lines[channel] = _Line(LineState(channel=channel, role=role, state="live", since_ms=0))
        return self._lines[channel]

    def _become(self, channel: int, role: Role, state: LineCondition, since_ms: int, reason: str = "") -> None:
        line = self._line(channel, role)
        if (line.state.state, line.state.reason, line.state.role) == (state, reason, role):
            return
        since_ms = max(since_ms, line.state.since_ms)
        line.state = LineState(channel=channel, role=role, state=state, since_ms=since_ms, reason=reason)
        self._changed[channel] = None


def length_ms(chunk: AudioChunk) -> int:
    """What a refused chunk counts for: its length as far as it can be told, and never nothing."""
    if not chunk.payload or chunk.rate_hz <= 0:
        return UNKNOWN_LENGTH_MS
    samples = len(chunk.payload) // codecs.bytes_per_sample(chunk.codec)
    return min(max(samples * 1000 // chunk.rate_hz, _SHORTEST_MS), UNKNOWN_LENGTH_MS)


class Envelope(msgspec.Struct, frozen=True):
    """What can be read of a record that is no valid message: whose audio it was to be."""

    call_id: str
    channel: int
    role: Role


_envelope = msgspec.msgpack.Decoder(Envelope)


def envelope(data: bytes | None) -> Envelope | None:
    """Null where not even that can be read."""
    try:
        return _envelope.decode(data or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
