"""The outcome's reward of an answer as its expectation over all answers that could have been drawn in its place.

A reason has some eighty symbols and its answer two that decide. Where each symbol learns from the one answer that was
drawn, and from a mean over all symbols, those two learn next to nothing in the steps that a small machine affords. But
their values are few: three for whether the tone degraded, four for the emotion. So what the network may expect of
them, given the reason it wrote, is a sum, and its gradient has no noise of sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from tonewatch.models.reasons.examples import RewardExample
from tonewatch.models.reasons.rewards import LABEL_SHARE, decided
from tonewatch.workers.reasons.engines import tokens

_MEANT: dict[str, bool | None] = {"<yes>": True, "<no>": False, "<unsure>": None}
_LABEL, _DEGRADED = -4, -3
"""Where the logits of the two stand in a row that is whole: before its confidence and its end."""


def expected_outcome(logits: Tensor, places: Mapping[str, int], asked: Sequence[RewardExample]) -> Tensor:
    """(rows,) from logits (rows, symbols, vocabulary) of rows that are whole and end together.

    The emotion's part is expected over emotions, the rest over yes, no and unsure after the emotion that was drawn.
    """
    told = torch.tensor([[decided(_MEANT[s], example.degraded) for s in tokens.DEGRADED] for example in asked])
    named = torch.tensor([[LABEL_SHARE * (s == f"<{example.label}>") for s in tokens.LABELS] for example in asked])
    return _expected(logits[:, _DEGRADED], places, tokens.DEGRADED, told) + _expected(
        logits[:, _LABEL], places, tokens.LABELS, named
    )


def _expected(logits: Tensor, places: Mapping[str, int], symbols: Sequence[str], worth: Tensor) -> Tensor:
    """Over these symbols alone: the grammar allows no other there."""
    probabilities = logits[:, [places[symbol] for symbol in symbols]].softmax(-1)
    return (probabilities * worth).sum(-1)
