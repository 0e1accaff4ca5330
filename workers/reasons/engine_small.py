"""The small explainer as an engine: onnxruntime, several calls in one batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.batching import Batcher
from tonewatch.workers.reasons.engines import Completion, EngineUnavailable, Request
from tonewatch.workers.reasons.small import SmallExplainer

MOST_AT_ONCE = 8


class SmallEngine:
    """Reads the facts themselves; prompt, grammar and schema of a request are not for it: it has its own grammar."""

    def __init__(self, model: SmallExplainer, *, most: int = MOST_AT_ONCE) -> None:
        self._model = model
        self._batcher = Batcher(self._run, model.ref.name, most)

    @classmethod
    async def load(cls, path: Path | None = None, *, threads: int = 1, cuda: bool = False) -> SmallEngine:
        """Open the session without holding up the event loop.

        Raises:
            DependencyError: onnxruntime or the file is missing.
            ModelError: the file is no explainer.
        """
        return cls(await asyncio.to_thread(lambda: SmallExplainer(path, threads=threads, cuda=cuda)))

    @property
    def ref(self) -> ModelRef:
        return self._model.ref

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """As `Engine.complete`."""
        if request.facts is None:
            raise EngineUnavailable(f"{self.ref.name} reads facts, and the request has none.")
        return await self._batcher.complete(request, deadline_s=deadline_s)

    async def aclose(self) -> None:
        """Wait for the thread."""
        await self._batcher.aclose()

    def _run(self, requests: Sequence[Request], stop: Callable[[], bool]) -> Sequence[tuple[str, int]]:
        return self._model.write([request.facts for request in requests if request.facts is not None], stop)
