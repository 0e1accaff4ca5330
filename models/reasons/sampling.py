"""Reasons written by a network in training, many at once, within the grammar."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tonewatch.models.reasons.network import BEFORE, LONGEST, Explainer, left_padded, with_before
from tonewatch.workers.reasons.engines.grammar import Grammar, GrammarState


@dataclass(frozen=True)
class Sample:
    """`places`: the symbols as numbers, without the prompt; `whole`: did it reach its end?"""

    places: tuple[int, ...]
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
    courses = [grammar.begin(those) for those in pointers]
    ids, mask = left_padded(prompts)
    past = net.nothing(len(prompts))
    logits, past = net(with_before(ids), mask, past)
    taken: list[list[int]] = [[] for _ in prompts]
    while mask.shape[1] < LONGEST and not all(course.done for course in courses):
        chosen = _choose(logits[:, -1], courses, temperature, generator)
        running = torch.tensor([not course.done for course in courses])
        for row, (course, place) in enumerate(zip(courses, chosen.tolist(), strict=True)):
            if not course.done:
                course.take(place)
                taken[row].append(place)
        mask = torch.cat([mask, running[:, None]], dim=1)
        ids = torch.cat([ids, chosen[:, None]], dim=1)
        logits, past = net(with_before(ids[:, -1 - BEFORE :])[:, -1:], mask, past)
    return [Sample(tuple(row), course.taken, course.done) for row, course in zip(taken, courses, strict=True)]


def _choose(
    logits: Tensor, courses: Sequence[GrammarState], temperature: float, generator: torch.Generator | None
) -> Tensor:
    masked = logits.masked_fill(~_allowed(courses), -1e9)
    if temperature <= 0:
        return masked.argmax(-1)
    return torch.multinomial((masked / temperature).softmax(-1), 1, generator=generator)[:, 0]


def _allowed(courses: Sequence[GrammarState]) -> Tensor:
    """(rows, symbols); a row that is done may write anything, since nobody reads it."""
    return torch.from_numpy(np.stack([course.allowed() for course in courses]))
