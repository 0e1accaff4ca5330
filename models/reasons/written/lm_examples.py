"""Written moments as token numbers: what is read, and what is learned to be written."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tonewatch.models.reasons.written.written_moment import (
    Writing,
    WrittenMoment,
    completion_of,
    facts_of,
)
from tonewatch.workers.reasons.compact import END, build

Encode = Callable[[str], list[int]]
IGNORED = -100
"""Label of a token that is not learned."""

NEIGHBOURS = 8
"""A batch is a run of about one length out of so many times its size: little padding, much mixing."""


@dataclass(frozen=True)
class LmExample:
    """`prompt` is read, `completion` is learned; the end of the turn is part of it."""

    prompt: tuple[int, ...]
    completion: tuple[int, ...]

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.completion)


@dataclass(frozen=True)
class LmBatch:
    """(rows, tokens), padded on the right."""

    ids: Tensor
    mask: Tensor
    labels: Tensor


def encode(moment: WrittenMoment, writing: Writing, tokenise: Encode) -> LmExample:
    prompt = build(facts_of(moment, writing), moment.kind)
    return LmExample(tuple(tokenise(prompt)), tuple(tokenise(f"{completion_of(writing)}{END}")))


def pack(examples: Sequence[LmExample], padding: int) -> LmBatch:
    longest = max(one.length for one in examples)
    ids = torch.full((len(examples), longest), padding)
    mask = torch.zeros((len(examples), longest), dtype=torch.long)
    labels = torch.full((len(examples), longest), IGNORED)
    for row, one in enumerate(examples):
        ids[row, : one.length] = torch.tensor([*one.prompt, *one.completion])
        mask[row, : one.length] = 1
        labels[row, len(one.prompt) : one.length] = torch.tensor(one.completion)
    return LmBatch(ids, mask, labels)


def draw(examples: Sequence[LmExample], size: int, seed: str) -> list[LmExample]:
    """A batch of about one length. The same seed draws the same."""
    rng = random.Random(seed)
    near = sorted(rng.sample(range(len(examples)), min(len(examples), NEIGHBOURS * size)), key=_length_in(examples))
    start = rng.randrange(max(1, len(near) - size + 1))
    return [examples[index] for index in near[start : start + size]]


def _length_in(examples: Sequence[LmExample]) -> Callable[[int], int]:
    return lambda index: examples[index].length
