from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.reasons.examples import RewardExample  # noqa: E402
from tonewatch.models.reasons.grpo import Recipe, Step, example_rng, reason_enabled, train  # noqa: E402
from tonewatch.models.reasons.network import Explainer, Shape  # noqa: E402
from tonewatch.stream.messages import FactsTable  # noqa: E402
from tonewatch.workers.reasons.engines.grammar import Grammar  # noqa: E402

from .conftest import SYMBOLS, WRITES  # noqa: E402

pytestmark = pytest.mark.train


def log_of(*accuracies: float, reason_on: bool = False) -> list[Step]:
    return [Step(n + 1, accuracy, 0.5, 0.5, 1.0, 0.0, reason_on) for n, accuracy in enumerate(accuracies)]


def test_reinforcement_runs_and_resumes(tmp_path: Path, tables: dict[str, FactsTable]) -> None:
    torch.manual_seed(1)
    net, reference = (Explainer(Shape(len(SYMBOLS), width=16, layers=1)) for _ in range(2))
    reference.load_state_dict(net.state_dict())
    examples = [RewardExample(tables["boiling"], "angry", True), RewardExample(tables["flat"], "neutral", False)] * 9
    logs = [
        train(
            net,
            reference,
            Grammar(SYMBOLS, WRITES),
            iter(examples),
            Recipe(steps=steps, prompts=2, samples=4, every=1),
            tmp_path,
            lambda _: None,
        )
        for steps in (1, 3)
    ]
    assert [step.step for step in logs[1]] == [1, 2, 3]
    assert logs[1][0] == logs[0][0]
    # The policy is still the reference in the first step.
    assert logs[0][0].kl == pytest.approx(0.0, abs=1e-5)


def test_the_reason_is_rewarded_once_the_accuracy_no_longer_rises() -> None:
    recipe = Recipe(steps=300, window=2)
    assert not reason_enabled(log_of(0.5, 0.6, 0.7), recipe)
    assert not reason_enabled(log_of(0.5, 0.6, 0.7, 0.8), recipe)
    assert reason_enabled(log_of(0.7, 0.8, 0.7, 0.8), recipe)


def test_the_reason_is_rewarded_after_a_third_of_the_steps_and_stays_so() -> None:
    recipe = Recipe(steps=6, window=15)
    assert reason_enabled(log_of(0.1, 0.9), recipe)
    assert reason_enabled(log_of(0.1, reason_on=True), Recipe(steps=300))
    assert reason_enabled([], Recipe(schedule=False))


def test_every_ablation_of_one_seed_draws_the_same_examples() -> None:
    assert example_rng(3).random() == example_rng(3).random() != example_rng(4).random()
