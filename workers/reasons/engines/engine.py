"""The interface of a language model: it completes a request by a deadline, or raises why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.messages import FactsTable, ModelRef, MomentKind

Samples = NDArray[np.float32]


class EngineUnavailable(TonewatchError):
    """The model cannot be reached or refuses; the text says what to do."""


class EngineLate(TonewatchError):
    """The model did not finish by the deadline."""


class EngineMalformed(TonewatchError):
    """A server answered with something that is no completion."""


class EngineBusy(TonewatchError):
    """As many requests wait as may wait."""


@dataclass(frozen=True)
class Request:
    """One request; an engine uses the fields that it supports.

    prompt      text to continue, with worked examples in front
    grammar     of the answer, as GBNF (llama.cpp, vLLM)
    schema      of the answer, as JSON schema (OpenAI-compatible servers)
    facts       the table itself, for an engine that reads no text
    kind        of the moment
    audio       the caller's voice at 16 kHz, for an engine that listens; never the agent's
    """

    prompt: str
    grammar: str = ""
    schema: dict[str, Any] = field(default_factory=dict)
    max_tokens: int = 220
    facts: FactsTable | None = None
    audio: Samples | None = None
    kind: MomentKind = "onset"


@dataclass(frozen=True)
class Completion:
    """`tokens`: number written; 0 where a server does not report it.

    `first`: the first draft, where the engine rejected it and wrote another; '' where `text` is the first draft.
    """

    text: str
    tokens: int
    seconds: float
    first: str = ""


class Engine(Protocol):
    """A language model. Requests may overlap; the same request gives the same text where the model allows it."""

    @property
    def ref(self) -> ModelRef:
        """Name and digest of the weights."""
        ...

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """Answer, within the request's grammar or schema where the engine can enforce one.

        Raises:
            EngineUnavailable: nothing answers, or it refuses.
            EngineLate: no answer within `deadline_s` seconds; nothing goes on in the background.
            EngineMalformed: an answer that is no completion.
            EngineBusy: too many wait already.
        """
        ...

    async def aclose(self) -> None:
        """Give memory and connections back."""
        ...
