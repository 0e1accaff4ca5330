"""Supervised training of the small explainer: reasons written from facts, next symbol by next symbol.

Departures from the paper's prosody-centric fine-tuning (EmotionThinker, ICLR 2026, arXiv 2601.15668):

 1. No audio goes in. What was measured goes in as symbols, so perception of prosody needs no training.
 2. A network of a hundred thousand weights from scratch instead of Qwen2.5-Omni-7B: it is trained and served on a CPU.
 3. ReasonMetrics and quotations are pointers, filled in from the table; the network chooses what to say of them.
 4. Reasons come from a writer with many phrasings, not from GPT-4o, and the writer is not given the label. Answers
    come from a regression over the table's own numbers, so that no label leaks that the facts do not carry.
 5. Every claim of every reason has passed the claim checker; a sentence that fails is never shown to the network.
 6. Contrastive prosody is a table with one thing changed, whose reason and answer follow; not a question of its own.

    tonewatch train explainer sft --calls CALLS --work build/explainer
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional

from tonewatch.models.reasons.data import ReasonExample
from tonewatch.models.reasons.dataset import HELD_OUT, Dataset, Vocabulary
from tonewatch.models.reasons.network import Explainer, Shape, left_padded, with_before
from tonewatch.stream.errors import DependencyError
from tonewatch.workers.reasons.engines import tokens

CHECKPOINT = "sft.pt"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """`seconds` ends a run early; the next one goes on from its last checkpoint."""

    steps: int = 520
    batch: int = 24
    rate: float = 3e-3
    warm_up: int = 40
    decay: float = 0.02
    seed: int = 0
    every: int = 25
    width: int = 64
    layers: int = 3
    seconds: float = math.inf


@dataclass(frozen=True)
class Batch:
    """ids and mask (rows, symbols); `is_written` marks the symbols of the reason, which are learned."""

    ids: torch.Tensor
    mask: torch.Tensor
    is_written: torch.Tensor


def pack(found: Sequence[ReasonExample], symbol_ids: dict[str, int]) -> Batch:
    """Prompt and reason in one row, padded on the left."""
    reads = [tokens.encode(example.reads, symbol_ids) for example in found]
    writes = [tokens.encode(example.writes, symbol_ids) for example in found]
    ids, mask = left_padded([[*r, *w] for r, w in zip(reads, writes, strict=True)])
    is_written = torch.zeros_like(mask)
    for row, written in enumerate(writes):
        is_written[row, -len(written) :] = True
    return Batch(ids, mask, is_written)


def loss_of(net: Explainer, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy of the written symbols."""
    logits, _ = net(with_before(batch.ids[:, :-1]), batch.mask[:, :-1], net.nothing(len(batch.ids)))
    # Logits at position t predict the symbol at t + 1; symbols of the prompt are not learned.
    learned = batch.is_written[:, 1:]
    return functional.cross_entropy(logits[learned], batch.ids[:, 1:][learned])


def train(dataset: Dataset, recipe: Recipe, work: Path, say: Say) -> Explainer:
    """Resumes from `work` where a run of the same shape and vocabulary was stopped."""
    torch.manual_seed(recipe.seed)
    symbols = dataset.vocabulary.symbols
    held_out, trained = dataset.examples[:HELD_OUT], dataset.examples[HELD_OUT:]
    net = Explainer(Shape(len(symbols), recipe.width, recipe.layers))
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay, betas=(0.9, 0.98))
    step = _resume(work / CHECKPOINT, net, optimiser, symbols)
    symbol_ids = {symbol: index for index, symbol in enumerate(symbols)}
    began = time.monotonic()
    running = 0.0
    while step < recipe.steps and time.monotonic() - began < recipe.seconds:
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * schedule(step, recipe)
        # Seeded by the step, so that a resumed run draws the same batches as an unbroken one.
        chosen = random.Random(f"{recipe.seed}/{step}").sample(range(len(trained)), recipe.batch)
        loss = loss_of(net, pack([trained[index] for index in chosen], symbol_ids))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        running = loss.item() if not running else 0.95 * running + 0.05 * loss.item()
        if step % recipe.every == 0 or step == recipe.steps:
            _keep(work / CHECKPOINT, net, optimiser, symbols, step)
            took_s = time.monotonic() - began
            held_out_loss = _held_out_loss(net, held_out, symbol_ids)
            say(f"step {step}: loss {running:.3f}, held out {held_out_loss:.3f}, {took_s:.0f} s")
    return net


def load(work: Path, vocabulary: Vocabulary) -> Explainer:
    """The network as the last checkpoint has it.

    Raises:
        DependencyError: there is no checkpoint of this vocabulary.
    """
    path = work / CHECKPOINT
    state = torch.load(path, weights_only=True) if path.is_file() else {"symbols": []}
    if state["symbols"] != list(vocabulary.symbols):
        raise DependencyError(f"{path}: no network of this vocabulary; run tonewatch train explainer sft first")
    width, layers = state["shape"]
    net = Explainer(Shape(len(vocabulary.symbols), width, layers))
    net.load_state_dict(state["net"])
    return net


def schedule(step: int, recipe: Recipe) -> float:
    """Factor of the rate: linear warm-up, then a half cosine down to a twentieth."""
    if step < recipe.warm_up:
        return (step + 1) / recipe.warm_up
    share = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


@torch.no_grad()
def _held_out_loss(net: Explainer, held_out: Sequence[ReasonExample], symbol_ids: dict[str, int]) -> float:
    return loss_of(net, pack(held_out[:64], symbol_ids)).item() if held_out else math.nan


def _keep(path: Path, net: Explainer, optimiser: torch.optim.Optimizer, symbols: Sequence[str], step: int) -> None:
    fresh = path.with_suffix(".part")
    state = {
        "net": net.state_dict(),
        "optimiser": optimiser.state_dict(),
        "symbols": list(symbols),
        "shape": [net.shape.width, net.shape.layers],
        "step": step,
    }
    torch.save(state, fresh)
    fresh.replace(path)


def _resume(path: Path, net: Explainer, optimiser: torch.optim.Optimizer, symbols: Sequence[str]) -> int:
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["symbols"] != list(symbols) or state["shape"] != [net.shape.width, net.shape.layers]:
        return 0
    net.load_state_dict(state["net"])
    optimiser.load_state_dict(state["optimiser"])
    step: int = state["step"]
    return step
