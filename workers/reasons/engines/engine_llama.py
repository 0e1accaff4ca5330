"""llama.cpp in this process, on its own thread."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.engines.engine import Completion, EngineLate, EngineMalformed, EngineUnavailable, Request

CONTEXT_TOKENS = 2048


class LlamaEngine:
    """One model, `parallel` sequences at once; the beginning that a prompt shares with the last is not computed again.

    llama.cpp puts sequences that are written at the same time into one batch. A request that is late or cancelled stops
    at its next token, and the one after it waits for that. Only reading a new prompt cannot be interrupted, so `warm`
    reads the part that never changes before the first request.
    """

    def __init__(self, server: Any, ref: ModelRef, *, parallel: int = 1) -> None:  # noqa: ANN401
        self._server = server
        self._ref = ref
        self._prefix = ""
        self._parallel = parallel
        self._thread = ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="llama")

    @classmethod
    async def load(
        cls, path: Path, ref: ModelRef, *, threads: int = 1, parallel: int = 1, adapter: Path | None = None
    ) -> LlamaEngine:
        """Load the weights, with a LoRA adapter (GGUF) on top where one is given, without holding up the event loop.

        Raises:
            DependencyError: llama.cpp is not installed.
            ModelError: the file is no model that it can read.
        """
        return cls(await asyncio.to_thread(_load, path, threads, parallel, adapter), ref, parallel=parallel)

    @property
    def ref(self) -> ModelRef:
        return self._ref

    async def warm(self, prefix: str) -> None:
        """Read the part of the prompt that never changes, and go back to its end before each request.

        How much of a prompt is in the cache decides how the rest is cut into batches, and that moves the last digits:
        from the same position in it, the same prompt gives the same text.
        """
        await self.complete(Request(prefix, max_tokens=1), deadline_s=600.0)
        self._prefix = prefix

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """As `Engine.complete`."""
        stop = Event()
        asked = _request(request.prompt, request.grammar, request.max_tokens)
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._thread, self._write, asked, stop)
        try:
            text, tokens = await asyncio.wait_for(running, deadline_s)
        except TimeoutError as error:
            raise EngineLate(f"{self._ref.name} did not finish within {deadline_s:g} s.") from error
        finally:
            stop.set()
        return Completion(text, tokens, time.monotonic() - began)

    async def aclose(self) -> None:
        """Wait for the thread and let the weights go."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._server = None

    def _write(self, request: dict[str, Any], stop: Event) -> tuple[str, int]:
        """On the thread: collect the pieces until the end, or until `stop` is set."""
        pieces: list[dict[str, Any]] = []
        if stop.is_set():
            return "", 0
        if self._server is None:
            raise EngineUnavailable(f"{self._ref.name} was closed.")
        try:
            # Parallel sequences share the cache of the prefix anyway, each from another position.
            if self._parallel == 1 and self._prefix and request["prompt"].startswith(self._prefix):
                self._server.handle_completions(_request(self._prefix, "", 1), _collect([], stop))
            self._server.handle_completions(request, _collect(pieces, stop))
        except RuntimeError as error:
            raise EngineUnavailable(f"llama.cpp failed: {error}.") from error
        return _text(pieces)


def _collect(pieces: list[dict[str, Any]], stop: Event) -> Callable[[Any], bool]:
    """A callback for llama.cpp; true means stop."""

    def receive(piece: Any) -> bool:  # noqa: ANN401
        pieces.extend(piece if isinstance(piece, list) else [piece])
        return stop.is_set()

    return receive


def _text(pieces: list[dict[str, Any]]) -> tuple[str, int]:
    """The pieces joined; llama.cpp reports a refused request as a piece with a code."""
    refused = next((p for p in pieces if "choices" not in p), None)
    if refused is not None:
        raise EngineMalformed(f"llama.cpp refused the request: {str(refused.get('message', refused))[:200]}")
    text = "".join(choice.get("text", "") for piece in pieces for choice in piece["choices"])
    return text, int(pieces[-1].get("timings", {}).get("predicted_n", len(pieces))) if pieces else 0


def _request(prompt: str, grammar: str, max_tokens: int) -> dict[str, Any]:
    request = {
        "prompt": prompt,
        "max_tokens": max_tokens,
        "temperature": 0.0,
        "seed": 1,
        "cache_prompt": True,
        "stream": True,
    }
    return {**request, "grammar": grammar} if grammar else request


def _load(path: Path, threads: int, parallel: int, adapter: Path | None) -> Any:  # noqa: ANN401
    try:
        import xllamacpp
    except ImportError as error:
        raise DependencyError(
            "llama.cpp is missing: pip install 'tonewatch[llm]', or set TONEWATCH_LLM=none."
        ) from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = CONTEXT_TOKENS * parallel
    params.n_parallel = parallel
    if adapter is not None:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path = str(adapter)
        lora.scale = 1.0
        params.lora_adapters = [lora]
    params.n_gpu_layers = 0
    # Gemma's sliding window: without the full cache a prompt's beginning is silently computed again each time.
    params.swa_full = True
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.warmup = False
    # The server also listens on a loopback port, unused here: a random key that is kept nowhere closes it.
    params.api_keys = [secrets.token_hex(32)]
    params.verbosity = -1
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        if adapter is not None:
            what = f"{path.name} with the adapter {adapter.name}"
            raise ModelError(f"llama.cpp cannot load {what} ({error}): is the adapter one of this model?") from error
        raise ModelError(
            f"llama.cpp cannot load {path.name} ({error}): delete it from the cache and start again."
        ) from error
