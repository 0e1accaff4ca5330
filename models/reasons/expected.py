"""The expected reward of an answer's outcome, over all answers that could have been drawn in its place.

A reason has some eighty symbols and its answer two that decide. Where each symbol learns from the one answer that was
drawn, and from a mean over all symbols, those two learn next to nothing in the steps that a small machine affords. But
their values are few: three for whether the tone degraded, four for the emotion. So the expected reward, given the
reason that was written, is a sum over them, E = sum_v p(v) r(v), and its gradient has no sampling noise.
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
"""Positions of the logits of the two in a complete row: before its confidence and its end."""


def expected_outcome(logits: Tensor, ids: Mapping[str, int], asked: Sequence[RewardExample]) -> Tensor:
    """(rows,) from logits (rows, symbols, vocabulary) of complete, right-aligned rows; `ids` by symbol.

    The emotion's part is expected over emotions, the rest over yes, no and unsure after the emotion that was drawn.
    """
    decision = torch.tensor([[decided(_MEANT[s], one.degraded) for s in tokens.DEGRADED] for one in asked])
    label = torch.tensor([[LABEL_SHARE * (s == f"<{one.label}>") for s in tokens.LABELS] for one in asked])
    return _expected(logits[:, _DEGRADED], ids, tokens.DEGRADED, decision) + _expected(
        logits[:, _LABEL], ids, tokens.LABELS, label
    )


def _expected(logits: Tensor, ids: Mapping[str, int], symbols: Sequence[str], worth: Tensor) -> Tensor:
    """Expectation of `worth` (rows, symbols) over these symbols alone: the grammar allows no others there."""
    probabilities = logits[:, [ids[symbol] for symbol in symbols]].softmax(-1)
    return (probabilities * worth).sum(-1)
