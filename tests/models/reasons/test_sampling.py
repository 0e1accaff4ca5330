from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.reasons.network import Explainer, Shape  # noqa: E402
from tonewatch.models.reasons.sampling import Sample, sample  # noqa: E402
from tonewatch.stream.messages import FactsTable  # noqa: E402
from tonewatch.workers.reasons.answer import parse  # noqa: E402
from tonewatch.workers.reasons.engines import tokens  # noqa: E402
from tonewatch.workers.reasons.engines.grammar import Grammar  # noqa: E402

from .conftest import SYMBOLS, WRITES  # noqa: E402

pytestmark = pytest.mark.train


def sampled(facts: list[FactsTable], temperature: float, seed: int = 0) -> list[Sample]:
    torch.manual_seed(0)
    net, grammar = Explainer(Shape(len(SYMBOLS), width=16, layers=1)), Grammar(SYMBOLS, WRITES)
    prompts = [tokens.encode(tokens.read(table), grammar.places) for table in facts]
    pointers = [tokens.pointers_of(table) for table in facts]
    generator = torch.Generator().manual_seed(seed)
    return sample(net, grammar, prompts, pointers, temperature=temperature, generator=generator)


def test_a_batch_of_different_lengths_gives_each_prompt_the_reason_it_gets_alone(tables: dict[str, FactsTable]) -> None:
    facts = list(tables.values())
    assert sampled(facts, 0.0) == [sampled([table], 0.0)[0] for table in facts]


def test_every_sample_obeys_the_grammar(tables: dict[str, FactsTable]) -> None:
    table = tables["boiling"]
    found = sampled([table] * 6, 1.0)
    assert all(parse(tokens.write(one.symbols, tokens.pointers_of(table))) for one in found if one.whole)
    assert all([SYMBOLS[index] for index in one.ids] == list(one.symbols) for one in found)


def test_samples_differ_by_the_generator_alone(tables: dict[str, FactsTable]) -> None:
    facts = [tables["boiling"]] * 4
    assert sampled(facts, 1.0, seed=1) == sampled(facts, 1.0, seed=1)
    assert sampled(facts, 1.0, seed=1) != sampled(facts, 1.0, seed=2)
