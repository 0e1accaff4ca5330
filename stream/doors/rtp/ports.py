"""The UDP ports that legs are given: even ones, because a sender may send RTCP to the next."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tonewatch.stream.errors import SettingsError, Unprocessable


@dataclass(frozen=True)
class PortRange:
    """`host:first-last` as it is written in the settings."""

    host: str
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> PortRange:
        """
        Raises:
            SettingsError: it is none, or has no even port.
        """
        host, _, ports = text.rpartition(":")
        first, _, last = ports.partition("-")
        if not host or not first.isdecimal() or not (last or first).isdecimal():
            raise SettingsError(
                f"TONEWATCH_DOOR_RTP: '{text}' is no range: write host:first-last, 10.0.0.5:40000-40998."
            )
        made = cls(host.removeprefix("[").removesuffix("]"), int(first), int(last or first))
        if not 1_024 <= made.first <= made.last <= 65_535 or not made.ports():
            raise SettingsError(f"TONEWATCH_DOOR_RTP: '{text}' has no even port from 1024 to 65535.")
        return made

    def ports(self) -> list[int]:
        return list(range(self.first + self.first % 2, self.last + 1, 2))


class PortPool:
    """The one that was free for longest is given next: late packets of its last leg are over then."""

    def __init__(self, ports: PortRange) -> None:
        self._free = deque(ports.ports())

    def __len__(self) -> int:
        return len(self._free)

    def take(self) -> int:
        """
        Raises:
            Unprocessable: `no_port`.
        """
        if not self._free:
            raise Unprocessable("All ports of RTP are in use: widen TONEWATCH_DOOR_RTP.", reason="no_port")
        return self._free.popleft()

    def give(self, port: int) -> None:
        self._free.append(port)
