"""What became of one try to tell a receiver, and what it is told by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tonewatch.stream.messages import Delivery
from tonewatch.stream.notify.links import Links


@dataclass(frozen=True)
class Delivered:
    """The receiver has it. `receipt`: what it calls the message."""

    receipt: str = ""


@dataclass(frozen=True)
class TryAgain:
    """It did not work this time; `after_ms`: so long the receiver asked us to wait. `reason` is a word."""

    reason: str
    after_ms: int = 0


@dataclass(frozen=True)
class Refused:
    """It will not work another time either. `is_gone`: nothing is to be sent there any more."""

    reason: str
    is_gone: bool = False


Outcome = Delivered | TryAgain | Refused


@dataclass(frozen=True)
class Sending:
    """A try of a delivery. `opened`: the delivery that told of the alert there first, if that bears a receipt."""

    delivery: Delivery
    links: Links
    now_ms: int
    opened: Delivery | None = None


class Receiver(Protocol):
    """One receiver of a file of routes."""

    @property
    def address(self) -> str:
        """Where it is, for a hash: another address is another receiver."""

    async def tell(self, sending: Sending) -> Outcome:
        """One try.

        Raises:
            SettingsError: a secret is not there, or none.
        """
