from __future__ import annotations

import random
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
pytest.importorskip("sklearn", reason="needs scikit-learn: make test EXTRAS=train")

from tonewatch.models.reasons import writer  # noqa: E402
from tonewatch.models.reasons.data import ReasonExample, vocabulary  # noqa: E402
from tonewatch.models.reasons.dataset import Dataset, Vocabulary  # noqa: E402
from tonewatch.models.reasons.sft import Recipe, load, pack, schedule, train  # noqa: E402
from tonewatch.models.reasons.teacher import TeacherPosterior  # noqa: E402
from tonewatch.stream.errors import DependencyError  # noqa: E402
from tonewatch.stream.messages import FactsTable  # noqa: E402
from tonewatch.workers.reasons.engines import tokens  # noqa: E402

pytestmark = pytest.mark.train

POSTERIOR = TeacherPosterior(0.8, {"angry": 0.7, "happy": 0.1, "sad": 0.1, "neutral": 0.1})


@pytest.fixture(scope="module")
def dataset(tables: dict[str, FactsTable]) -> Dataset:
    rng = random.Random(0)
    examples = [
        ReasonExample(tuple(tokens.read(table)), tuple(writer.write(table, POSTERIOR, rng) or ()))
        for _ in range(50)
        for table in tables.values()
    ]
    symbols, writes = vocabulary(examples)
    return Dataset([], examples, Vocabulary(tuple(symbols), tuple(writes)))


def test_training_lowers_the_loss_and_a_run_resumes(dataset: Dataset, tmp_path: Path) -> None:
    said: list[str] = []
    for steps in (2, 12):
        train(dataset, Recipe(steps=steps, batch=8, width=16, layers=1, every=2, warm_up=1), tmp_path, said.append)
    losses = [float(line.split("held out ")[1].split(",")[0]) for line in said]
    assert [line.split(":")[0] for line in said] == [f"step {n}" for n in (2, 4, 6, 8, 10, 12)]
    assert losses[-1] < losses[0]


def test_a_checkpoint_is_loaded_and_one_of_another_vocabulary_refused(dataset: Dataset, tmp_path: Path) -> None:
    recipe = Recipe(steps=1, batch=2, width=16, layers=1)
    net = train(dataset, recipe, tmp_path, lambda _line: None)
    again = load(tmp_path, dataset.vocabulary)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))
    with pytest.raises(DependencyError, match="no network of this vocabulary"):
        load(tmp_path, Vocabulary(("<end>",), ()))


def test_only_the_written_symbols_are_learned(dataset: Dataset) -> None:
    ids = {symbol: index for index, symbol in enumerate(dataset.vocabulary.symbols)}
    batch = pack(dataset.examples[:3], ids)
    assert batch.is_written.sum(1).tolist() == [len(example.writes) for example in dataset.examples[:3]]
    assert not (batch.is_written & ~batch.mask).any()


def test_the_rate_rises_linearly_and_falls_to_a_twentieth() -> None:
    recipe = Recipe(steps=100, warm_up=10)
    assert [schedule(step, recipe) for step in (0, 9, 10)] == pytest.approx([0.1, 1.0, 1.0])
    assert schedule(100, recipe) == pytest.approx(0.05)
