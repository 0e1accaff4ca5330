from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.reasons.examples import RewardExample  # noqa: E402
from tonewatch.models.reasons.expected import expected_outcome  # noqa: E402
from tonewatch.models.reasons.rewards import LABEL_SHARE, UNSURE  # noqa: E402
from tonewatch.stream.messages import FactsTable  # noqa: E402

from .conftest import SYMBOLS  # noqa: E402

pytestmark = pytest.mark.train


def test_the_expected_reward_weights_every_answer_by_its_probability(tables: dict[str, FactsTable]) -> None:
    ids = {symbol: index for index, symbol in enumerate(SYMBOLS)}
    logits = torch.full((2, 6, len(SYMBOLS)), -20.0)
    for row, (label, degraded) in enumerate((("<angry>", "<yes>"), ("<sad>", "<unsure>"))):
        logits[row, -4, ids[label]] = logits[row, -3, ids[degraded]] = 20.0
    example = RewardExample(tables["boiling"], "angry", True)
    found = expected_outcome(logits, ids, [example, example])
    assert found.tolist() == pytest.approx([1.0, (1 - LABEL_SHARE) * UNSURE])
    even = expected_outcome(torch.zeros_like(logits), ids, [example, example])
    assert even.tolist() == pytest.approx([(1 - LABEL_SHARE) * (1 + UNSURE) / 3 + LABEL_SHARE / 4] * 2)
