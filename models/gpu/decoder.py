"""A decoder of a large language model's shape with random weights: grouped heads, a cache of keys and values.

How long it takes does not depend on what its weights say. Rotary positions are left out: they are under a hundredth of
the arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class DecoderShape:
    """Sizes as in a model's configuration."""

    layers: int
    width: int
    heads: int
    key_heads: int
    feed: int
    symbols: int

    @property
    def parameters(self) -> int:
        each = self.width // self.heads
        attention = 2 * self.width * self.width + 2 * self.width * self.key_heads * each
        return self.layers * (attention + 3 * self.width * self.feed) + 2 * self.symbols * self.width


SEVEN_BILLION = DecoderShape(layers=28, width=3584, heads=28, key_heads=4, feed=18_944, symbols=152_064)
"""Of Qwen2.5-7B (arXiv 2412.15115, table 1), on which models that reason about emotion in speech are built."""

TINY = DecoderShape(layers=2, width=128, heads=4, key_heads=2, feed=256, symbols=512)
"""To see that the program works where there is no GPU."""


class Layer(nn.Module):
    """Attention over a cache, and a gated feed-forward."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.shape, self.each = shape, shape.width // shape.heads
        self.before, self.between = nn.RMSNorm(shape.width), nn.RMSNorm(shape.width)
        self.query = nn.Linear(shape.width, shape.width)
        self.key_value = nn.Linear(shape.width, 2 * shape.key_heads * self.each)
        self.mix = nn.Linear(shape.width, shape.width, bias=False)
        self.gate_up = nn.Linear(shape.width, 2 * shape.feed, bias=False)
        self.down = nn.Linear(shape.feed, shape.width, bias=False)

    def forward(self, x: Tensor, cache: Tensor, at: int) -> Tensor:
        """`x` [batch, new, width]; `cache` [2, batch, key heads, longest, each] is written from position `at` on."""
        new, normal = x.shape[1], self.before(x)
        query = self.query(normal).unflatten(-1, (self.shape.heads, self.each)).transpose(1, 2)
        key, value = self.key_value(normal).unflatten(-1, (2, self.shape.key_heads, self.each)).unbind(2)
        cache[0, :, :, at : at + new], cache[1, :, :, at : at + new] = key.transpose(1, 2), value.transpose(1, 2)
        keys, values = cache[0, :, :, : at + new], cache[1, :, :, : at + new]
        # One new symbol sees all before it; a prompt only what is before each.
        mixed = functional.scaled_dot_product_attention(query, keys, values, is_causal=new > 1, enable_gqa=True)
        x = x + self.mix(mixed.transpose(1, 2).flatten(2))
        gate, up = self.gate_up(self.between(x)).chunk(2, -1)
        down: Tensor = self.down(functional.silu(gate) * up)
        return x + down


class Decoder(nn.Module):
    """Random weights, on the device and in the type that it is made with."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.symbols, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width)
        self.out = nn.Linear(shape.width, shape.symbols, bias=False)

    @torch.inference_mode()
    def generate(self, prompt: Tensor, count: int) -> Tensor:
        """The likeliest `count` symbols after a prompt [batch, symbols]."""
        batch, length = prompt.shape
        each = self.shape.width // self.shape.heads
        size = (len(self.layers), 2, batch, self.shape.key_heads, length + count, each)
        cache = torch.empty(size, device=prompt.device, dtype=self.out.weight.dtype)
        symbols, written, at = prompt, [], 0
        for _ in range(count):
            x = self.embedding(symbols)
            for layer, own in zip(self.layers, cache, strict=True):
                x = layer(x, own, at)
            at += symbols.shape[1]
            symbols = self.out(self.norm(x[:, -1:])).argmax(-1)
            written.append(symbols)
        return torch.cat(written, 1)
