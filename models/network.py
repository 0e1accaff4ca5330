"""Emotion network: Whisper's encoder cut to a segment's length, statistics pooling, a small head.

Whisper: Radford et al. 2022 (arXiv 2212.04356). Attention over time in the pooling:
Okabe et al. 2018; over a weighted sum of layers: Yang et al. 2021 (SUPERB).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 384
HEADS = 6
BANDS = 80
MASKED = -1e4


@dataclass(frozen=True)
class Shape:
    layers: int = 3
    positions: int = 500  # 20 ms each: 10 s
    hidden: int = 128
    classes: int = 4
    dropout: float = 0.5
    attention: int = 0  # units of the attention over time; 0 pools every frame alike


class Block(nn.Module):
    """Pre-norm transformer layer; Whisper's keys have no bias of their own, which the fused one holds as zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.queries_keys_values = nn.Linear(WIDTH, 3 * WIDTH)
        self.attention_out = nn.Linear(WIDTH, WIDTH)
        self.feed_norm = nn.LayerNorm(WIDTH)
        self.feed_in = nn.Linear(WIDTH, 4 * WIDTH)
        self.feed_out = nn.Linear(4 * WIDTH, WIDTH)

    def attend(self, x: Tensor, bias: Tensor) -> Tensor:
        fused = self.queries_keys_values(x)
        q, k, v = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in fused.split(WIDTH, dim=-1))
        scores = torch.matmul(q * (WIDTH // HEADS) ** -0.5, k.transpose(-1, -2)) + bias
        mixed = torch.matmul(scores.softmax(-1), v)  # [batch, heads, time, width / heads]
        out: Tensor = self.attention_out(mixed.transpose(1, 2).flatten(-2))
        return out

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = x + self.attend(self.attention_norm(x), bias)
        fed: Tensor = self.feed_out(functional.gelu(self.feed_in(self.feed_norm(x))))
        return x + fed


class SpeechEncoder(nn.Module):
    """Log-mel [batch, 80, frames] and the true frames of each -> outputs of every layer, and the mask of time."""

    def __init__(self, layers: int, positions: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(BANDS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.positions = nn.Parameter(torch.zeros(positions, WIDTH), requires_grad=False)
        self.layers = nn.ModuleList(Block() for _ in range(layers))

    def embed(self, mel: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Convolutions and positions -> [batch, time, width] and a mask [batch, time], 1 where there is audio.

        Padded frames are zeroed before each convolution, so an item in a batch equals the item alone.
        """
        inside = (torch.arange(mel.shape[2], device=mel.device)[None] < frames[:, None]).to(mel.dtype)
        x = functional.gelu(self.conv1(mel * inside[:, None])) * inside[:, None]
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.positions[: x.shape[1]]
        return x, inside[:, ::2]

    def climb(self, outputs: list[Tensor], mask: Tensor) -> list[Tensor]:
        """Go on from the outputs of the first layers (one at least) to all layers' outputs."""
        bias = (1.0 - mask)[:, None, None] * MASKED
        outputs = list(outputs)
        for layer in list(self.layers)[len(outputs) :]:
            outputs.append(layer(outputs[-1], bias))
        return outputs

    def forward(self, mel: Tensor, frames: Tensor) -> tuple[list[Tensor], Tensor]:
        x, mask = self.embed(mel, frames)
        first = self.layers[0](x, (1.0 - mask)[:, None, None] * MASKED)
        return self.climb([first], mask), mask


class EmotionHead(nn.Module):
    """Mean and deviation over time of every layer -> logits [batch, classes].

    The statistics of all layers are kept apart and standardised: on few speakers that generalised better than
    statistics of a weighted sum over the layers. The attention, where there is one, listens to such a sum.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        if shape.attention:
            self.layer_weights = nn.Parameter(torch.zeros(shape.layers))
            score = nn.Linear(shape.attention, 1)
            nn.init.zeros_(score.weight)  # starts out uniform
            self.attention = nn.Sequential(nn.Linear(WIDTH, shape.attention), nn.Tanh(), score)
        self.attentive = shape.attention > 0
        self.standardise = nn.BatchNorm1d(2 * WIDTH * shape.layers, affine=False)
        self.dropout = nn.Dropout(shape.dropout)
        self.hidden = nn.Linear(2 * WIDTH * shape.layers, shape.hidden)
        self.classify = nn.Linear(shape.hidden, shape.classes)

    def share(self, normal: list[Tensor], mask: Tensor) -> Tensor:
        """How much each frame counts, [batch, time]; 0 where there is no audio, 1 in sum."""
        if not self.attentive:
            return mask / mask.sum(1, keepdim=True)
        weights = self.layer_weights.softmax(0)
        mixed = torch.stack([weight * x for weight, x in zip(weights, normal, strict=True)]).sum(0)
        scores: Tensor = self.attention(mixed).squeeze(-1) + (1.0 - mask) * MASKED
        return scores.softmax(-1)

    def pool(self, outputs: list[Tensor], mask: Tensor) -> Tensor:
        """Outputs of each layer, [batch, time, width] -> [batch, 2 * width * layers]."""
        normal = [functional.layer_norm(x, (WIDTH,)) for x in outputs]
        share = self.share(normal, mask)[..., None]
        statistics = []
        for x in normal:
            mean = (share * x).sum(1, keepdim=True)
            statistics += [mean[:, 0], ((share * (x - mean) ** 2).sum(1) + 1e-5).sqrt()]
        return torch.cat(statistics, -1)

    def decide(self, pooled: Tensor) -> Tensor:
        hidden = functional.gelu(self.hidden(self.dropout(self.standardise(pooled))))
        logits: Tensor = self.classify(self.dropout(hidden))
        return logits

    def forward(self, outputs: list[Tensor], mask: Tensor) -> Tensor:
        return self.decide(self.pool(outputs, mask))


class EmotionNetwork(nn.Module):
    """Log-mel [batch, 80, frames], frames [batch] -> logits [batch, 4] (angry, happy, neutral, sad)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = SpeechEncoder(shape.layers, shape.positions)
        self.head = EmotionHead(shape)

    def forward(self, mel: Tensor, frames: Tensor) -> Tensor:
        outputs, mask = self.encoder(mel, frames)
        logits: Tensor = self.head(outputs, mask)
        return logits

    def forward_from(self, outputs: list[Tensor], mask: Tensor) -> Tensor:
        """The same from cached outputs of the first layers, each [batch, time, width]."""
        logits: Tensor = self.head(self.encoder.climb(outputs, mask), mask)
        return logits
