"""Emotion network: Whisper's encoder cut to a segment's length, statistics pooling, a small head.

Whisper: Radford et al. 2022 (arXiv 2212.04356).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

HEAD_WIDTH = 64
"""Of every Whisper encoder, whatever its size."""

MASKED = -1e4


WIDTHS = {"emotion": 4, "eight": 8, "degraded": 1, "affect": 2}
"""Width of each head: the four emotions, all eight of RAVDESS, degraded or not, arousal and valence."""


@dataclass(frozen=True)
class Body:
    """Size of a Whisper encoder: 384 wide and 80 mel bands is tiny.en, 1280 and 128 large-v3."""

    width: int = 384
    bands: int = 80

    @property
    def heads(self) -> int:
        return self.width // HEAD_WIDTH


@dataclass(frozen=True)
class Shape:
    """`heads`: keys of WIDTHS; `affect` only where a corpus rates arousal and valence."""

    body: Body = Body()
    layers: int = 3
    positions: int = 500  # 20 ms each: 10 s
    hidden: int = 128
    dropout: float = 0.5
    heads: tuple[str, ...] = ("emotion", "eight", "degraded")


@dataclass(frozen=True)
class Answers:
    """Outputs for some items: logits of each head [items, width], and the distance from the training data [items]."""

    logits: dict[str, NDArray[np.float64]]
    distance: NDArray[np.float64]


class Block(nn.Module):
    """Pre-norm transformer layer; Whisper's keys have no bias of their own, which the fused one holds as zeros."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self.body = body
        width = body.width
        self.attention_norm = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.feed_norm = nn.LayerNorm(width)
        self.feed_in = nn.Linear(width, 4 * width)
        self.feed_out = nn.Linear(4 * width, width)

    def attend(self, x: Tensor, bias: Tensor) -> Tensor:
        fused = self.queries_keys_values(x)
        parts = fused.split(self.body.width, dim=-1)
        # [batch, time, width] -> [batch, heads, time, width per head]
        q, k, v = (part.unflatten(-1, (self.body.heads, -1)).transpose(1, 2) for part in parts)
        scores = torch.matmul(q * HEAD_WIDTH**-0.5, k.transpose(-1, -2)) + bias
        mixed = torch.matmul(scores.softmax(-1), v)  # [batch, heads, time, width / heads]
        out: Tensor = self.attention_out(mixed.transpose(1, 2).flatten(-2))
        return out

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = x + self.attend(self.attention_norm(x), bias)
        fed: Tensor = self.feed_out(functional.gelu(self.feed_in(self.feed_norm(x))))
        return x + fed


class SpeechEncoder(nn.Module):
    """Log-mel [batch, bands, frames] and the true frames of each -> outputs of every layer, and the mask of time."""

    def __init__(self, layers: int, positions: int, body: Body) -> None:
        super().__init__()
        self.body = body
        self.conv1 = nn.Conv1d(body.bands, body.width, 3, padding=1)
        self.conv2 = nn.Conv1d(body.width, body.width, 3, stride=2, padding=1)
        self.positions = nn.Parameter(torch.zeros(positions, body.width), requires_grad=False)
        self.layers = nn.ModuleList(Block(body) for _ in range(layers))

    def embed(self, mel: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Convolutions and positions -> [batch, time, width] and a mask [batch, time], 1 where there is audio.

        Padded frames are zeroed before each convolution, so an item in a batch equals the item alone.
        """
        inside = (torch.arange(mel.shape[2], device=mel.device)[None] < frames[:, None]).to(mel.dtype)
        x = functional.gelu(self.conv1(mel * inside[:, None])) * inside[:, None]
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.positions[: x.shape[1]]
        return x, inside[:, ::2]

    def climb(self, x: Tensor, mask: Tensor, below: int) -> list[Tensor]:
        """From the output of the lowest `below` layers to the outputs of the layers above them."""
        bias = (1.0 - mask)[:, None, None] * MASKED
        outputs: list[Tensor] = []
        for layer in list(self.layers)[below:]:
            x = layer(x, bias)
            outputs.append(x)
        return outputs

    def forward(self, mel: Tensor, frames: Tensor) -> tuple[list[Tensor], Tensor]:
        x, mask = self.embed(mel, frames)
        return self.climb(x, mask, 0), mask


class EmotionHead(nn.Module):
    """Mean and deviation over time of every layer -> one hidden layer -> one linear head per question.

    The statistics of all layers are kept apart and standardised: on few speakers that generalised better than
    statistics of a weighted sum over the layers.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size = 2 * shape.body.width * shape.layers
        self.standardise = nn.BatchNorm1d(size, affine=False)
        self.dropout = nn.Dropout(shape.dropout)
        self.hidden = nn.Linear(size, shape.hidden)
        self.heads = nn.ModuleDict({name: nn.Linear(shape.hidden, WIDTHS[name]) for name in shape.heads})

    @staticmethod
    def pool(outputs: list[Tensor], mask: Tensor) -> Tensor:
        """Outputs of each layer, [batch, time, width] -> [batch, 2 * width * layers]."""
        share = (mask / mask.sum(1, keepdim=True))[..., None]
        statistics = []
        for x in outputs:
            normal = functional.layer_norm(x, (x.shape[-1],))
            mean = (share * normal).sum(1, keepdim=True)
            statistics += [mean[:, 0], ((share * (normal - mean) ** 2).sum(1) + 1e-5).sqrt()]
        return torch.cat(statistics, -1)

    def embed(self, pooled: Tensor) -> Tensor:
        hidden: Tensor = functional.gelu(self.hidden(self.dropout(self.standardise(pooled))))
        return hidden

    def decide(self, pooled: Tensor) -> dict[str, Tensor]:
        """Logits of every head, each [batch, its width]; the sigmoid of `affect` is left to the caller too."""
        hidden = self.dropout(self.embed(pooled))
        return {name: head(hidden) for name, head in self.heads.items()}


class EmotionNetwork(nn.Module):
    """Log-mel [batch, bands, frames], frames [batch] -> logits of every head."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = SpeechEncoder(shape.layers, shape.positions, shape.body)
        self.head = EmotionHead(shape)

    def forward(self, mel: Tensor, frames: Tensor) -> dict[str, Tensor]:
        outputs, mask = self.encoder(mel, frames)
        return self.head.decide(self.head.pool(outputs, mask))

    @torch.no_grad()
    def answers(self, pooled: Tensor) -> Answers:
        """From statistics [batch, 2 * width * layers]; the distance is their mean square, standardised."""
        self.eval()
        logits = {name: np.asarray(values.double().numpy()) for name, values in self.head.decide(pooled).items()}
        distance = (self.head.standardise(pooled) ** 2).mean(1)
        return Answers(logits, np.asarray(distance.double().numpy()))
