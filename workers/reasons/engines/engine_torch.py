"""A causal language model in torch and transformers, on a GPU or a CPU: several calls in one batch.

Keys and values of the prompt's beginning, the same for all, are computed once and shared by every batch.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tonewatch.stream.errors import DependencyError, ModelError, SettingsError
from tonewatch.stream.messages import ModelRef
from tonewatch.stream.service.provider import machine_has_gpu, provider_name
from tonewatch.workers.reasons.engines.batching import Batcher
from tonewatch.workers.reasons.engines.engine import Completion, Request
from tonewatch.workers.reasons.engines.skeleton import Skeleton, pieces
from tonewatch.workers.reasons.prompt import PREFIX

MOST_AT_ONCE = 16


class TorchEngine:
    """`model` and `tokenizer` as transformers gives them; decoding is constrained by the answer's skeleton."""

    def __init__(self, model: Any, tokenizer: Any, ref: ModelRef, *, prefix: str = PREFIX) -> None:  # noqa: ANN401
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._ref = ref
        self._prefix = prefix
        self._prefix_ids = list(tokenizer.encode(prefix))
        self._prefix_past: Any = None
        self._batcher = Batcher(self._write, ref.name, MOST_AT_ONCE)

    @classmethod
    async def load(cls, name: str, *, device: str = "cpu") -> TorchEngine:
        """Weights by hub id or folder, without holding up the event loop.

        Raises:
            SettingsError: no model is named.
            DependencyError: torch or transformers is missing.
            ModelError: there are no such weights, or no such device.
        """
        if not name:
            raise SettingsError("TONEWATCH_LLM_MODEL: name a model by its hub id or folder.")
        return await asyncio.to_thread(lambda: cls(*_load(name, device)))

    @property
    def ref(self) -> ModelRef:
        return self._ref

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """As `Engine.complete`."""
        return await self._batcher.complete(request, deadline_s=deadline_s)

    async def aclose(self) -> None:
        """Wait for the thread and let the weights go."""
        await self._batcher.aclose()
        self._model = self._prefix_past = None

    def _write(self, requests: Sequence[Request], stop: Callable[[], bool]) -> list[tuple[str, int]]:
        import torch

        rows = [self._row(request) for request in requests]
        prompts = [self._rest(request.prompt) for request in requests]
        shared = all(prompt is not None for prompt in prompts)
        ids = [p for p in prompts if p is not None] if shared else [self._ids(r.prompt) for r in requests]
        with torch.inference_mode():
            self._decode(rows, ids, shared, stop)
        return [(row.text, row.written) for row in rows]

    def _row(self, request: Request) -> Skeleton:
        quoted = request.facts is None or bool(request.facts.quotes)
        tokenizer = self._tokenizer
        return Skeleton(
            pieces(quoted=quoted, section_tokens=max(8, request.max_tokens // 4)),
            lambda text: tokenizer.encode(text, add_special_tokens=False),
            lambda tokens: str(tokenizer.decode(tokens, skip_special_tokens=True)),
        )

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text))

    def _rest(self, prompt: str) -> list[int] | None:
        """Tokens behind the shared prefix; null where the prompt begins otherwise."""
        if not self._prefix or not prompt.startswith(self._prefix) or prompt == self._prefix:
            return None
        return list(self._tokenizer.encode(prompt[len(self._prefix) :], add_special_tokens=False))

    def _past(self, rows: int) -> Any:  # noqa: ANN401
        """Keys and values of the shared prefix, a copy for each row."""
        import torch

        if self._prefix_past is None:
            ids = torch.tensor([self._prefix_ids], device=self._model.device)
            self._prefix_past = self._model(input_ids=ids, use_cache=True).past_key_values
        # The cache grows in place while a batch is decoded.
        past = copy.deepcopy(self._prefix_past)
        past.batch_repeat_interleave(rows)
        return past

    def _decode(
        self, rows: Sequence[Skeleton], prompts: Sequence[Sequence[int]], shared: bool, stop: Callable[[], bool]
    ) -> None:
        import torch

        device = self._model.device
        longest = max(len(prompt) for prompt in prompts)
        before = len(self._prefix_ids) if shared else 0
        ids = torch.tensor([[0] * (longest - len(p)) + list(p) for p in prompts], device=device)
        mask = torch.tensor([[1] * before + [0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=device)
        past = self._past(len(rows)) if shared else None
        done = [False] * len(rows)
        while not stop():
            positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
            out = self._model(
                input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=past, use_cache=True
            )
            past = out.past_key_values
            scores = out.logits[:, -1].float().cpu().numpy()
            chosen = [
                None if ended else row.next(np.asarray(s)) for row, s, ended in zip(rows, scores, done, strict=True)
            ]
            done = [token is None for token in chosen]
            if all(done):
                return
            # Rows that ended are fed token 0 under a mask of 0, so that the batch keeps its shape.
            ids = torch.tensor([[token or 0] for token in chosen], device=device)
            alive = torch.tensor([[int(not ended)] for ended in done], device=device)
            mask = torch.cat([mask, alive], dim=1)


def _load(name: str, device: str) -> tuple[Any, Any, ModelRef]:
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise DependencyError("torch or transformers is missing: pip install 'tonewatch[train]'.") from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model: Any = AutoModelForCausalLM.from_pretrained(
            name, dtype=torch.bfloat16 if device != "cpu" else torch.float32
        )
        model = model.to(device)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"TONEWATCH_LLM_MODEL={name}: cannot be loaded onto {device} ({error}).") from error
    return model, tokenizer, ref_of(name, model.config.to_json_string(), on_gpu=model.device.type == "cuda")


def ref_of(name: str, config: str, *, on_gpu: bool) -> ModelRef:
    """Weights from a hub have no one file to take a digest of; the commit in their configuration tells them apart."""
    return ModelRef(
        name=name.rstrip("/").rsplit("/", 1)[-1],
        version=hashlib.sha256(config.encode()).hexdigest()[:12],
        provider=provider_name(on_gpu=on_gpu, has_gpu=machine_has_gpu()),
    )
