"""Training targets of each head for a clip, and whether the clip's labels give one at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from tonewatch.models.corpora import EMOTIONS, EMOTIONS8, Clip

DEGRADED = ("sad", "angry", "fearful", "disgust")
CALM = ("neutral", "calm", "happy")
"""Of the eight emotions, those that a supervisor should look at and the others; surprise is neither."""


@dataclass(frozen=True)
class Targets:
    """By head: the target [clips, width] (shares, or values in 0..1), and its weight [clips]."""

    wanted: dict[str, torch.Tensor]
    counts: dict[str, torch.Tensor]

    def at(self, index: torch.Tensor) -> Targets:
        return Targets(
            {name: value[index] for name, value in self.wanted.items()},
            {name: value[index] for name, value in self.counts.items()},
        )

    def mixed(self, other: Targets, share: float) -> Targets:
        """`share` of these and the rest of the other's; a pair of which one has no target has weight 0."""
        return Targets(
            {name: share * value + (1.0 - share) * other.wanted[name] for name, value in self.wanted.items()},
            {name: value * other.counts[name] for name, value in self.counts.items()},
        )


def targets_of(clips: Sequence[Clip], heads: Sequence[str]) -> Targets:
    answers = {name: [_ANSWERS[name](clip) for clip in clips] for name in heads}
    widths = {"emotion": len(EMOTIONS), "eight": len(EMOTIONS8), "degraded": 1, "affect": 2}
    wanted = {
        name: torch.tensor([[0.0] * widths[name] if value is None else value for value in values])
        for name, values in answers.items()
    }
    counts = {name: torch.tensor([float(value is not None) for value in values]) for name, values in answers.items()}
    return Targets(wanted, counts)


def head_loss(name: str, logits: torch.Tensor, targets: Targets, weights: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of classes, or of each value on its own; a mean over the batch."""
    wanted, counts = targets.wanted[name], targets.counts[name]
    if name in ("emotion", "eight"):
        losses = -(wanted * logits.log_softmax(-1)).sum(-1)
    else:
        losses = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").mean(-1)
    return (weights * counts * losses).mean()


def _one_of(value: str, names: Sequence[str]) -> list[float] | None:
    return [float(value == name) for name in names] if value in names else None


def _four(clip: Clip) -> list[float] | None:
    """Calm speech counts as neutral: it needs no attention, and a voice's calm must not be taken for its sadness."""
    return _one_of("neutral" if clip.emotion8 == "calm" else clip.emotion4, EMOTIONS)


def _degraded(clip: Clip) -> list[float] | None:
    word = clip.emotion8 or clip.emotion4
    return [float(word in DEGRADED)] if word in DEGRADED or word in CALM else None


def _affect(clip: Clip) -> list[float] | None:
    if clip.arousal is None or clip.valence is None:
        return None
    return [clip.arousal, clip.valence]


_ANSWERS = {
    "emotion": _four,
    "eight": lambda clip: _one_of(clip.emotion8, EMOTIONS8),
    "degraded": _degraded,
    "affect": _affect,
}
