"""The small explainer in torch: a causal transformer over the symbols of `workers/reasons/engines/tokens.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

LONGEST = 256
"""Symbols of prompt and reason together."""

BEFORE = 2
"""Each symbol is read together with this many before it: a network this small learns neighbourhoods late by itself."""

Past = Tensor
"""Keys and values so far, (layers, 2, batch, heads, symbols, width / heads)."""


@dataclass(frozen=True)
class Shape:
    """`symbols`: size of the vocabulary."""

    symbols: int
    width: int = 128
    layers: int = 3
    heads: int = 4


class Explainer(nn.Module):
    """Next-symbol logits. Prompts of one batch are padded on the left; `mask` is false there."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.symbols, shape.width)
        self.before = nn.ModuleList(nn.Embedding(shape.symbols, shape.width) for _ in range(BEFORE))
        self.position = nn.Embedding(LONGEST, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        self.apply(_initialise)

    def forward(self, ids: Tensor, mask: Tensor, past: Past) -> tuple[Tensor, Past]:
        """ids (batch, new, 1 + BEFORE) as `with_before` gives them, mask (batch, old + new), past with `old` symbols.

        Returns logits (batch, new, symbols) and the past with `old + new` symbols.

        A position is counted over symbols that are not padding.
        """
        old = past.shape[4]
        positions = (mask.long().cumsum(1) - 1).clamp(min=0)[:, old:]
        x = self.embedding(ids[..., 0]) + self.position(positions)
        for back, table in enumerate(self.before, 1):
            x = x + table(ids[..., back])
        total = mask.shape[1]
        # Causal mask: position old + i sees positions 0 .. old + i, and never padding.
        reach = torch.arange(total)[None, :] <= torch.arange(old, total)[:, None]
        bias = torch.where(mask.bool()[:, None, None, :] & reach[None, None], 0.0, -1e9)
        kept = []
        for number, block in enumerate(self.blocks):
            x, held = block(x, bias, past[number])
            kept.append(held)
        # Tied weights: the output matrix is the embedding.
        logits = functional.linear(self.norm(x), self.embedding.weight)
        return logits, torch.stack(kept)

    def nothing(self, batch: int) -> Past:
        """An empty past, for the beginning of a prompt."""
        shape = self.shape
        return torch.zeros(shape.layers, 2, batch, shape.heads, 0, shape.width // shape.heads)


class Block(nn.Module):
    """Pre-normalised attention and feed-forward."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.before = nn.LayerNorm(shape.width)
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.mix = nn.Linear(shape.width, shape.width)
        self.between = nn.LayerNorm(shape.width)
        self.feed = nn.Sequential(
            nn.Linear(shape.width, 4 * shape.width),
            nn.GELU(approximate="tanh"),
            nn.Linear(4 * shape.width, shape.width),
        )

    def forward(self, x: Tensor, bias: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        batch, new, width = x.shape
        q, k, v = (
            part.reshape(batch, new, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(self.before(x)).chunk(3, dim=-1)
        )
        held = torch.cat([past, torch.stack([k, v])], dim=3)
        scores = q @ held[0].transpose(2, 3) * (width // self.heads) ** -0.5 + bias
        mixed = (scores.softmax(-1) @ held[1]).transpose(1, 2).reshape(batch, new, width)
        x = x + self.mix(mixed)
        return x + self.feed(self.between(x)), held


def _initialise(module: nn.Module) -> None:
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=0.03)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


def with_before(ids: Tensor) -> Tensor:
    """(batch, symbols) to (batch, symbols, 1 + BEFORE): each symbol, the one before it, and so on; 0 at the start."""
    shifted = [functional.pad(ids, (back, 0))[:, : ids.shape[1]] for back in range(BEFORE + 1)]
    return torch.stack(shifted, dim=-1)


def left_padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """(ids, mask), both (batch, longest); id 0 is the padding."""
    longest = max(len(row) for row in rows)
    ids = torch.tensor([[0] * (longest - len(row)) + list(row) for row in rows])
    mask = torch.tensor([[False] * (longest - len(row)) + [True] * len(row) for row in rows])
    return ids, mask
