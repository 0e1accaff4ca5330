"""Supervised training of an adapter: the moment is read, thought, answer and text are learned.

tonewatch train explainer lm-sft --data DATA --work build/lm
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tonewatch.models.reasons.written.lm_examples import IGNORED, LmBatch, LmExample, draw, pack
from tonewatch.models.reasons.written.lora import LoraShape, adapt, adapter_parameters, adapter_state, load_adapter

CHECKPOINT = "lm-sft.pt"
Say = Callable[[str], None]


@dataclass(frozen=True)
class LmRecipe:
    """`seconds` ends a run early; the next one goes on from its last checkpoint."""

    steps: int = 750
    batch: int = 4
    rate: float = 4e-4
    warm_up: int = 20
    seed: int = 0
    every: int = 20
    lora: LoraShape = field(default_factory=LoraShape)
    seconds: float = math.inf


def loss_of(model: Any, batch: LmBatch) -> Tensor:  # noqa: ANN401
    """Mean cross-entropy of the written tokens.

    Logits are computed where one is learned only: the vocabulary is a fifth of the cost.
    """
    hidden: Tensor = model.model(input_ids=batch.ids[:, :-1], attention_mask=batch.mask[:, :-1]).last_hidden_state
    learned = batch.labels[:, 1:] != IGNORED
    logits: Tensor = model.lm_head(hidden[learned])
    return functional.cross_entropy(logits.float(), batch.labels[:, 1:][learned])


def train(
    model: Any,  # noqa: ANN401
    trained: Sequence[LmExample],
    held_out: Sequence[LmExample],
    recipe: LmRecipe,
    work: Path,
    say: Say,
    padding: int = 2,
) -> None:
    """Put an adapter on the model and train it; resumes from `work` where one of the same shape was stopped."""
    torch.manual_seed(recipe.seed)
    adapt(model, recipe.lora)
    parameters = list(adapter_parameters(model).values())
    optimiser = torch.optim.AdamW(parameters, lr=recipe.rate, weight_decay=0.0)
    step = _resume(work / CHECKPOINT, model, optimiser, recipe)
    began, running = time.monotonic(), 0.0
    while step < recipe.steps and time.monotonic() - began < recipe.seconds:
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * _schedule(step, recipe)
        # Seeded by the step, so that a resumed run draws the same batches as an unbroken one.
        loss = loss_of(model, pack(draw(trained, recipe.batch, f"{recipe.seed}/{step}"), padding))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        step += 1
        running = loss.item() if not running else 0.95 * running + 0.05 * loss.item()
        if step % recipe.every == 0 or step == recipe.steps:
            _keep(work / CHECKPOINT, model, optimiser, recipe, step)
            told = held_out_loss(model, held_out, recipe.batch, padding) if step % (5 * recipe.every) == 0 else math.nan
            say(f"step {step}: loss {running:.3f}, held out {told:.3f}, {time.monotonic() - began:.0f} s")


@torch.no_grad()
def held_out_loss(model: Any, held_out: Sequence[LmExample], size: int, padding: int, most: int = 40) -> float:  # noqa: ANN401
    """Mean over the batches of the first `most` examples."""
    some = sorted(held_out[:most], key=lambda one: one.length)
    batches = [some[start : start + size] for start in range(0, len(some), size)]
    losses = [loss_of(model, pack(one, padding)).item() for one in batches]
    return sum(losses) / len(losses) if losses else math.nan


def _schedule(step: int, recipe: LmRecipe) -> float:
    """Factor of the rate: linear warm-up, then a half cosine down to a twentieth."""
    if step < recipe.warm_up:
        return (step + 1) / recipe.warm_up
    share = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


def _keep(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, recipe: LmRecipe, step: int) -> None:
    fresh = path.with_suffix(".part")
    state = {
        "adapter": adapter_state(model),
        "optimiser": optimiser.state_dict(),
        "lora": asdict(recipe.lora),
        "step": step,
    }
    torch.save(state, fresh)
    fresh.replace(path)


def _resume(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, recipe: LmRecipe) -> int:
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["lora"] != asdict(recipe.lora):
        return 0
    load_adapter(model, state["adapter"])
    optimiser.load_state_dict(state["optimiser"])
    step: int = state["step"]
    return step
