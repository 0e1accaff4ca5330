"""Who may send to a leg's port: one address and port, learned once."""

from __future__ import annotations

from dataclasses import dataclass

from tonewatch.stream.doors.media_networks import MediaNetworks
from tonewatch.stream.errors import Unprocessable


@dataclass(slots=True)
class Source:
    """`announced`: the address that was said beforehand, or ''. `bound`: null before the first packet."""

    networks: MediaNetworks
    announced: str = ""
    bound: tuple[str, int] | None = None

    def check(self, host: str, port: int) -> None:
        """
        Raises:
            Unprocessable: `network`: from where no media may come; `source`: another one sends to this leg.
        """
        if self.bound == (host, port):
            return  # Looked at with its first packet; fifty a second come.
        if not self.networks.allows(host):
            raise Unprocessable("Media from a network that is not allowed.", reason="network")
        if (self.announced and host != self.announced) or self.bound is not None:
            raise Unprocessable("Another source sends to the leg's port.", reason="source")

    def bind(self, host: str, port: int) -> None:
        """After its first packet was found to be audio."""
        self.bound = (host, port)
