"""The small explainer as an engine: onnxruntime, several calls in one batch, each draft checked before it is returned.

A draft in which not every claim is true is sampled anew TRIES times, all in one batch, and the first that is wholly
true and gives the same answer replaces it: the answer stays the model's likeliest, only the wording is chosen again.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from tonewatch.stream.messages import FactsTable, ModelRef
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.engines.batching import DRAFT_MARK, Batcher
from tonewatch.workers.reasons.engines.engine import Completion, EngineUnavailable, Request
from tonewatch.workers.reasons.engines.small import SmallExplainer

MOST_AT_ONCE = 8
TRIES = 6


class Writer(Protocol):
    """What `SmallExplainer` is to the engine."""

    @property
    def ref(self) -> ModelRef: ...

    def write(
        self, facts: Sequence[FactsTable], stop: Callable[[], bool], *, seed: int | None = None
    ) -> list[tuple[str, int]]: ...


class SmallEngine:
    """Reads the facts of a request; its prompt, grammar and schema are ignored, as the model has its own grammar."""

    def __init__(self, model: Writer, *, most: int = MOST_AT_ONCE) -> None:
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
        facts = [request.facts for request in requests if request.facts is not None]
        drafts = self._model.write(facts, stop)
        return [
            # Once nobody waits the draft goes back unchecked: the sampling would be wasted.
            (text, count) if stop() or _true(text, table) else self._again(text, count, table, stop)
            for (text, count), table in zip(drafts, facts, strict=True)
        ]

    def _again(self, text: str, count: int, facts: FactsTable, stop: Callable[[], bool]) -> tuple[str, int]:
        """Deterministic by the draft: the seed is its checksum, so a moment that is explained twice reads alike."""
        tries = self._model.write([facts] * TRIES, stop, seed=zlib.crc32(text.encode()))
        total = count + sum(written for _, written in tries)
        # A sample with another answer is no rewording: the likeliest answer must stand.
        better = next((other for other, _ in tries if _answer(other) == _answer(text) and _true(other, facts)), None)
        return (text if better is None else f"{better}{DRAFT_MARK}{text}"), total


def _true(text: str, facts: FactsTable) -> bool:
    answer = parse(text)
    if answer is None:
        return False
    checked = check(answer.reason, facts)
    # Stricter than the explainer, which would show what is left of the text.
    return checked.accepted and not checked.dropped


def _answer(text: str) -> tuple[str, bool | None] | None:
    answer = parse(text)
    return None if answer is None else (answer.label, answer.degraded)
