"""From a network to a file that writes: torch and onnxruntime say the same, and the text parses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")

from tonewatch.models.reasons.export import export  # noqa: E402
from tonewatch.models.reasons.network import Explainer, Shape  # noqa: E402
from tonewatch.models.reasons.sampling import sample  # noqa: E402
from tonewatch.stream.messages import FactsTable  # noqa: E402
from tonewatch.workers.reasons.answer import parse  # noqa: E402
from tonewatch.workers.reasons.engines import tokens  # noqa: E402
from tonewatch.workers.reasons.engines.grammar import Grammar  # noqa: E402
from tonewatch.workers.reasons.engines.small import SmallExplainer  # noqa: E402

from .conftest import SYMBOLS, WRITES  # noqa: E402

if TYPE_CHECKING:
    Exported = tuple[Explainer, Path]

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    torch.manual_seed(0)
    net = Explainer(Shape(len(SYMBOLS), width=16, layers=2))
    file = tmp_path_factory.mktemp("explainer") / "tiny.onnx"
    export(net, SYMBOLS, WRITES, {"name": "tiny"}, file)
    return net, file


def test_the_file_writes_what_the_network_writes_alone_and_in_a_batch(
    exported: Exported, tables: dict[str, FactsTable]
) -> None:
    net, file = exported
    model, grammar = SmallExplainer(file), Grammar(SYMBOLS, WRITES)
    facts = list(tables.values())
    prompts = [tokens.encode(tokens.read(table), grammar.places) for table in facts]
    pointers = [tokens.pointers_of(table) for table in facts]
    sampled = sample(net, grammar, prompts, pointers, temperature=0.0)
    expected = [tokens.write(one.symbols, own) for one, own in zip(sampled, pointers, strict=True)]
    assert [text for text, _ in model.write(facts)] == expected
    assert [model.write([table])[0][0] for table in facts] == expected


def test_random_weights_within_the_grammar_give_answers_that_parse(
    exported: Exported, tables: dict[str, FactsTable]
) -> None:
    written = SmallExplainer(exported[1]).write(list(tables.values()))
    for (text, count), table in zip(written, tables.values(), strict=True):
        assert parse(text) is not None
        assert count > 8
        assert table.quotes or "Words: None" in text or "Words: none" in text
