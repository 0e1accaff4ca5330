"""The small explainer in onnxruntime: several reasons at once, symbol by symbol, within the grammar."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import FactsTable, ModelRef
from tonewatch.stream.service.provider import machine_has_gpu, provider_name
from tonewatch.stream.weights import checked_bytes, weights_folder
from tonewatch.workers.onnx_runtime import CPU, CUDA, on_gpu, open_session
from tonewatch.workers.reasons.engines import tokens
from tonewatch.workers.reasons.engines.grammar import Grammar, GrammarState

FILE = "explainer.onnx"
BEFORE = 2
"""Each symbol is embedded together with this many symbols before it, as in training."""

TEMPERATURE = 0.8
"""Of sampling: a little sharper than the network's own distribution."""

_FAR = np.float32(-1e9)


def default_explainer_path() -> Path:
    """The shipped weights."""
    return weights_folder() / FILE


class SmallExplainer:
    """One session. Not for use from several threads at once.

    Raises DependencyError when the file or onnxruntime is missing, ModelError when the file is no explainer.
    """

    def __init__(self, path: Path | None = None, *, threads: int = 1, cuda: bool = False) -> None:
        path = path or default_explainer_path()
        try:
            data = checked_bytes(path)
        except OSError as error:
            raise DependencyError(f"No explainer at {path}: {error.strerror}.") from error
        providers = [CUDA, CPU] if cuda else [CPU]
        self._session = open_session(path, threads=threads, providers=providers, data=data)
        about = self._session.get_modelmeta().custom_metadata_map
        try:
            self.grammar = Grammar(json.loads(about["symbols"]), json.loads(about["writes"]))
            self._shape = tuple(int(about[name]) for name in ("layers", "heads", "width"))
            self._longest = int(about["longest"])
        except (KeyError, ValueError) as error:
            raise ModelError(
                f"{path} is no explainer: its metadata lack {error}. Train one, or install anew."
            ) from error
        provider = provider_name(on_gpu=on_gpu(self._session), has_gpu=machine_has_gpu())
        version = hashlib.sha256(data).hexdigest()[:12]
        self.ref = ModelRef(name=about.get("name", path.stem), version=version, provider=provider)

    def write(
        self, facts: Sequence[FactsTable], stop: Callable[[], bool] = lambda: False, *, seed: int | None = None
    ) -> list[tuple[str, int]]:
        """A reason with its answer for each table, and its number of symbols.

        Takes the likeliest symbol each time; with a seed, samples. `stop` is asked before each symbol; unfinished
        reasons come back as they are.
        """
        pointers = [tokens.pointers_of(table) for table in facts]
        prompts = [tokens.encode(tokens.read(table), self.grammar.indices) for table in facts]
        states = [self.grammar.begin(filled) for filled in pointers]
        self._run(prompts, states, stop, None if seed is None else np.random.default_rng(seed))
        return [(tokens.write(s.taken, p), len(s.taken)) for s, p in zip(states, pointers, strict=True)]

    def _run(
        self,
        prompts: Sequence[Sequence[int]],
        states: Sequence[GrammarState],
        stop: Callable[[], bool],
        rng: np.random.Generator | None,
    ) -> None:
        ids, mask = left_padded(prompts)
        layers, heads, width = self._shape
        past = np.zeros((layers, 2, len(prompts), heads, 0, width // heads), dtype=np.float32)
        while mask.shape[1] < self._longest and not all(state.done for state in states) and not stop():
            logits, past = self._session.run(None, self._feed(ids, mask, past))
            allowed = np.stack([state.allowed() for state in states])
            scores = np.where(allowed, logits[:, -1], -np.inf)
            if rng is not None:
                # Gumbel's trick: the largest of scores with such noise is a draw from their softmax.
                scores = scores / TEMPERATURE + rng.gumbel(size=scores.shape)
            chosen = scores.argmax(-1)
            running = np.array([not state.done for state in states])
            for state, index in zip(states, chosen.tolist(), strict=True):
                if not state.done:
                    state.take(index)
            # A row that has ended keeps its place in the batch; its further symbols are masked out for the others.
            ids = np.concatenate([ids, chosen[:, None]], axis=1)
            mask = np.concatenate([mask, running[:, None]], axis=1)

    def _feed(self, ids: NDArray[np.int64], mask: NDArray[np.bool_], past: NDArray[np.float32]) -> dict[str, Any]:
        old, total = past.shape[4], mask.shape[1]
        # Rows are padded on the left: a symbol's position counts the real symbols before it.
        positions = np.maximum(mask.astype(np.int64).cumsum(1) - 1, 0)[:, old:]
        reach = np.arange(total)[None, :] <= np.arange(old, total)[:, None]
        bias = np.where(mask[:, None, None, :] & reach[None, None], np.float32(0.0), _FAR)
        # The keys are the names of the graph's inputs.
        return {"ids": with_before(ids)[:, old:], "places": positions, "bias": bias, "past": past}


def with_before(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows, symbols) to (rows, symbols, 1 + BEFORE): each symbol with those before it, 0 at the start."""
    padded = np.pad(ids, ((0, 0), (BEFORE, 0)))
    return np.stack([padded[:, BEFORE - back : padded.shape[1] - back] for back in range(BEFORE + 1)], axis=-1)


def left_padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(ids, mask), both (rows, longest)."""
    longest = max(len(row) for row in rows)
    ids = np.array([[0] * (longest - len(row)) + list(row) for row in rows], dtype=np.int64)
    mask = np.array([[False] * (longest - len(row)) + [True] * len(row) for row in rows])
    return ids, mask
