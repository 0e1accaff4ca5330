"""What a language model is to the explainer: something that completes a prompt in time, or says why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.messages import ModelRef


class EngineUnavailable(TonewatchError):
    """The model cannot be reached or refuses; the text says what to do."""


class EngineLate(TonewatchError):
    """The model did not finish by the deadline."""


class EngineMalformed(TonewatchError):
    """A server answered with something that is no completion."""


@dataclass(frozen=True)
class Completion:
    """`tokens`: how many were written; 0 where a server does not tell."""

    text: str
    tokens: int
    seconds: float


class Engine(Protocol):
    """A language model. One request at a time; the same prompt gives the same text where the model allows it."""

    @property
    def ref(self) -> ModelRef:
        """Which weights write."""
        ...

    async def complete(self, prompt: str, *, grammar: str, max_tokens: int, deadline_s: float) -> Completion:
        """Continue `prompt`, within `grammar` (GBNF) where the engine can enforce one.

        Raises:
            EngineUnavailable: nothing answers, or it refuses.
            EngineLate: no answer within `deadline_s` seconds; nothing goes on in the background.
            EngineMalformed: an answer that is no completion.
        """
        ...

    async def aclose(self) -> None:
        """Give memory and connections back."""
        ...
