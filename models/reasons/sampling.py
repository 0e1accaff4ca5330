"""Reasons written by a network in training, many at once, within the grammar."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tonewatch.models.reasons.network import BEFORE, LONGEST, Explainer, left_padded, with_before
from tonewatch.workers.reasons.engines.grammar import Course, Grammar


@dataclass(frozen=True)
class Sample:
    """`ids` and `symbols` without the prompt; `whole`: did it reach its end?"""

    ids: tuple[int, ...]
    symbols: tuple[str, ...]
    whole: bool


@torch.no_grad()
def sample(
    net: Explainer,
    grammar: Grammar,
    prompts: Sequence[Sequence[int]],
    pointers: Sequence[Collection[str]],
    *,
    temperature: float,
    generator: torch.Generator | None = None,
) -> list[Sample]:
    """One reason for each prompt; temperature 0 takes the likeliest symbol."""
    states = [grammar.course(those) for those in pointers]
    ids, mask = left_padded(prompts)
    past = net.nothing(len(prompts))
    logits, past = net(with_before(ids), mask, past)
    taken: list[list[int]] = [[] for _ in prompts]
    while mask.shape[1] < LONGEST and not all(state.done for state in states):
        chosen = _choose(logits[:, -1], states, temperature, generator)
        running = torch.tensor([not state.done for state in states])
        for row, (state, symbol) in enumerate(zip(states, chosen.tolist(), strict=True)):
            if not state.done:
                state.take(symbol)
                taken[row].append(symbol)
        # A row that is done gets padding, so that the others go on alone.
        mask = torch.cat([mask, running[:, None]], dim=1)
        ids = torch.cat([ids, chosen[:, None]], dim=1)
        # Only the newest symbol is computed, with the BEFORE symbols that it is read together with.
        logits, past = net(with_before(ids[:, -1 - BEFORE :])[:, -1:], mask, past)
    return [Sample(tuple(row), state.taken, state.done) for row, state in zip(taken, states, strict=True)]


def _choose(logits: Tensor, states: Sequence[Course], temperature: float, generator: torch.Generator | None) -> Tensor:
    masked = logits.masked_fill(~_allowed(states), -1e9)
    if temperature <= 0:
        return masked.argmax(-1)
    return torch.multinomial((masked / temperature).softmax(-1), 1, generator=generator)[:, 0]


def _allowed(states: Sequence[Course]) -> Tensor:
    """(rows, symbols); a row that is done may write anything, since it is not read."""
    return torch.from_numpy(np.stack([state.allowed() for state in states]))
