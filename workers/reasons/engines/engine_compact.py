"""A model that was trained on moments in the compact form, in whatever engine it runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons import compact
from tonewatch.workers.reasons.engines.engine import Completion, Engine, Request

_HEADER_BYTES = 1 << 16


class CompactEngine:
    """Asks an engine in the compact form; a request without facts goes through as it is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def ref(self) -> ModelRef:
        return self._engine.ref

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """As `Engine.complete`."""
        return await self._engine.complete(compacted(request), deadline_s=deadline_s)

    async def aclose(self) -> None:
        await self._engine.aclose()


def compacted(request: Request) -> Request:
    if request.facts is None:
        return request
    prompt = compact.build(request.facts, request.kind)
    return replace(request, prompt=prompt, grammar=compact.grammar(), max_tokens=compact.MOST_TOKENS)


def is_compact(adapter: Path) -> bool:
    """Does the header of an adapter (GGUF) say that it was trained on this form?

    Raises:
        DependencyError: the file cannot be read.
        ModelError: it was trained on another release's form.
    """
    try:
        with adapter.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise DependencyError(f"TONEWATCH_LLM_ADAPTER: cannot read {adapter} ({error.strerror}).") from error
    if compact.FORM_KEY.encode() not in header:
        return False
    if compact.FORM.encode() not in header:
        raise ModelError(f"{adapter.name} was trained on another form than {compact.FORM}: train it again.")
    return True
