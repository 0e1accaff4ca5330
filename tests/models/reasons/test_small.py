"""From a network to a file that writes: torch and onnxruntime say the same, and what they say parses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.engines import tokens

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'tonewatch[train]'")
pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tonewatch[train]'")
pytest.importorskip("sklearn", reason="no scikit-learn: pip install 'tonewatch[train]'")
pytestmark = pytest.mark.train

WRITES = sorted({"the", "caller", "is", "louder", "tone", "fell", ".", ",", '"', "none", "by", "db", "says"})
SYMBOLS = [*tokens.FIXED, *(word for word in WRITES if word not in tokens.FIXED)]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[object, Path]]:
    from tonewatch.models.reasons.export import export
    from tonewatch.models.reasons.network import Explainer, Shape

    torch.manual_seed(0)
    net = Explainer(Shape(len(SYMBOLS), width=16, layers=2))
    file = tmp_path_factory.mktemp("explainer") / "tiny.onnx"
    export(net, SYMBOLS, WRITES, {"name": "tiny"}, file)
    yield net, file


def test_the_file_writes_what_the_network_writes_alone_and_in_a_batch(
    taught: tuple[object, Path], tables: dict[str, FactsTable]
) -> None:
    from tonewatch.models.reasons.sampling import sample
    from tonewatch.workers.reasons.engines.grammar import Grammar
    from tonewatch.workers.reasons.engines.small import SmallExplainer

    net, file = taught
    model, grammar = SmallExplainer(file), Grammar(SYMBOLS, WRITES)
    facts = list(tables.values())
    prompts = [tokens.encode(tokens.read(table), grammar.places) for table in facts]
    pointers = [tokens.pointers_of(table) for table in facts]
    sampled = sample(net, grammar, prompts, pointers, temperature=0.0)  # type: ignore[arg-type]
    expected = [tokens.write(one.symbols, those) for one, those in zip(sampled, pointers, strict=True)]
    assert [text for text, _ in model.write(facts)] == expected
    assert [model.write([table])[0][0] for table in facts] == expected


def test_random_weights_within_the_grammar_give_answers_that_parse(
    taught: tuple[object, Path], tables: dict[str, FactsTable]
) -> None:
    from tonewatch.workers.reasons.engines.small import SmallExplainer

    for (text, count), table in zip(
        SmallExplainer(taught[1]).write(list(tables.values())), tables.values(), strict=True
    ):
        answer = parse(text)
        assert answer is not None
        assert count > 8
        assert table.quotes or "Words: None" in text or "Words: none" in text


def test_a_step_of_supervised_training_lowers_the_loss_and_a_run_resumes(
    tmp_path: Path, tables: dict[str, FactsTable]
) -> None:
    from tonewatch.models.reasons import writer
    from tonewatch.models.reasons.data import Example, vocabulary
    from tonewatch.models.reasons.dataset import Dataset, Vocabulary
    from tonewatch.models.reasons.sft import Recipe, train
    from tonewatch.models.reasons.teacher import TeacherPosterior

    rng, posterior = random.Random(0), TeacherPosterior(0.8, {"angry": 0.7, "happy": 0.1, "sad": 0.1, "neutral": 0.1})
    found = [
        Example(tuple(tokens.read(table)), tuple(writer.write(table, posterior, rng) or ()))
        for _ in range(50)
        for table in tables.values()
    ]
    symbols, writes = vocabulary(found)
    dataset = Dataset([], found, Vocabulary(tuple(symbols), tuple(writes)))
    said: list[str] = []
    for steps in (2, 12):
        train(dataset, Recipe(steps=steps, batch=8, width=16, layers=1, every=2, warm_up=1), tmp_path, said.append)
    losses = [float(line.split("held_out ")[1].split(",")[0]) for line in said]
    assert [line.split(":")[0] for line in said] == [f"step {n}" for n in (2, 4, 6, 8, 10, 12)]
    assert losses[-1] < losses[0]


def test_reinforcement_runs_and_resumes(tmp_path: Path, tables: dict[str, FactsTable]) -> None:
    from tonewatch.models.reasons.examples import RewardExample
    from tonewatch.models.reasons.grpo import Recipe, train
    from tonewatch.models.reasons.network import Explainer, Shape
    from tonewatch.workers.reasons.engines.grammar import Grammar

    torch.manual_seed(1)
    net, reference = (Explainer(Shape(len(SYMBOLS), width=16, layers=1)) for _ in range(2))
    reference.load_state_dict(net.state_dict())
    reward_examples = [
        RewardExample(tables["boiling"], "angry", True),
        RewardExample(tables["flat"], "neutral", False),
    ] * 9
    logs = [
        train(
            net,
            reference,
            Grammar(SYMBOLS, WRITES),
            iter(reward_examples),
            Recipe(steps=steps, prompts=2, samples=4, every=1),
            tmp_path,
            lambda _: None,
        )
        for steps in (1, 3)
    ]
    assert [step.step for step in logs[1]] == [1, 2, 3]
    assert logs[1][0] == logs[0][0]
    assert logs[0][0].kl == pytest.approx(0.0, abs=1e-5)


def test_an_answer_may_expect_what_its_values_are_worth_by_their_chances(tables: dict[str, FactsTable]) -> None:
    from tonewatch.models.reasons.examples import RewardExample
    from tonewatch.models.reasons.expected import expected_outcome
    from tonewatch.models.reasons.rewards import LABEL_SHARE, UNSURE

    places = {symbol: place for place, symbol in enumerate(SYMBOLS)}
    logits = torch.full((2, 6, len(SYMBOLS)), -20.0)
    for row, (label, degraded) in enumerate((("<angry>", "<yes>"), ("<sad>", "<unsure>"))):
        logits[row, -4, places[label]] = logits[row, -3, places[degraded]] = 20.0
    example = RewardExample(tables["boiling"], "angry", True)
    found = expected_outcome(logits, places, [example, example])
    assert found.tolist() == pytest.approx([1.0, (1 - LABEL_SHARE) * UNSURE])
    even = expected_outcome(torch.zeros_like(logits), places, [example, example])
    assert even.tolist() == pytest.approx([(1 - LABEL_SHARE) * (1 + UNSURE) / 3 + LABEL_SHARE / 4] * 2)


def test_lessons_are_degraded_as_often_as_not_and_a_calm_one_follows_its_own_table(
    tables: dict[str, FactsTable],
) -> None:
    from tonewatch.models.degradation.voices import Mood
    from tonewatch.models.reasons.examples import KnownMoment, reward_examples
    from tonewatch.models.reasons.moments import AskedMoment

    def moment(name: str, mood: Mood, degraded: bool) -> KnownMoment:
        return KnownMoment(
            AskedMoment("c", "s", "onset", False, tables[name], (0,), (mood,), mood, degraded), mood, degraded
        )

    stream = reward_examples([moment("boiling", Mood.ANGRY, True), moment("flat", Mood.CALM, False)], random.Random(0))
    found = [next(stream) for _ in range(60)]
    assert [example.degraded for example in found] == [True, False] * 30
    calmed = [n for n, one in enumerate(found) if not one.degraded and one.facts.at_ms == tables["boiling"].at_ms]
    assert 0 < len(calmed) < 30
    assert all(found[n].facts.quotes == found[n - 1].facts.quotes for n in calmed)
    assert not any(fact.salient for n in calmed for fact in found[n].facts.facts)
