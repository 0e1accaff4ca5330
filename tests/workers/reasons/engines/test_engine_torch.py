"""transformers with tiny random weights of Gemma 3's architecture: the same code as with real ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tonewatch.stream.errors import ModelError, SettingsError
from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.engines.engine import Completion, EngineLate, Request
from tonewatch.workers.reasons.engines.engine_torch import TorchEngine
from tonewatch.workers.reasons.explain import request

from ...claims import TABLES

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'tonewatch[train]'")
transformers = pytest.importorskip("transformers", reason="no transformers: pip install 'tonewatch[train]'")
pytestmark = pytest.mark.train


def tokenizer() -> Any:
    """Bytes as tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    model = Tokenizer(models.BPE({"<pad>": 0} | {c: n + 1 for n, c in enumerate(alphabet)}, []))
    model.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=model, pad_token="<pad>")


def tiny() -> Any:
    torch.manual_seed(0)
    config = transformers.Gemma3TextConfig(
        vocab_size=260,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        max_position_embeddings=8192,
        sliding_window=64,
    )
    return transformers.Gemma3ForCausalLM(config)


def engine(prefix: str = "Facts and reasons.\n") -> TorchEngine:
    return TorchEngine(tiny(), tokenizer(), ModelRef(name="tiny", version="0"), prefix=prefix)


def asked(name: str, prefix: str = "Facts and reasons.\n") -> Request:
    facts = TABLES[name]
    return Request(f"{prefix}{name}: ", max_tokens=32, facts=facts)


async def ask(model: TorchEngine, *requests: Request, timeout_factor: float) -> list[Completion]:
    try:
        return list(await asyncio.gather(*(model.complete(r, deadline_s=120 * timeout_factor) for r in requests)))
    finally:
        await model.aclose()


async def test_random_weights_give_an_answer_that_parses(timeout_factor: float) -> None:
    [done] = await ask(engine(), asked("boiling"), timeout_factor=timeout_factor)
    assert parse(done.text) is not None
    assert done.tokens > 0


async def test_several_calls_in_one_batch_get_what_each_gets_alone(timeout_factor: float) -> None:
    names = ("boiling", "flat", "cold")
    alone = [(await ask(engine(), asked(name), timeout_factor=timeout_factor))[0].text for name in names]
    together = await ask(engine(), *(asked(name) for name in names), timeout_factor=timeout_factor)
    assert [done.text for done in together] == alone


async def test_the_shared_beginning_is_computed_once_and_changes_nothing(timeout_factor: float) -> None:
    [shared] = await ask(engine(), asked("boiling"), timeout_factor=timeout_factor)
    [whole] = await ask(engine(prefix="never there"), asked("boiling"), timeout_factor=timeout_factor)
    assert shared.text == whole.text


async def test_a_deadline_stops_it() -> None:
    model = engine()
    with pytest.raises(EngineLate, match="tiny"):
        await model.complete(asked("boiling"), deadline_s=0.001)
    await model.aclose()


async def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nothing-here"):
        await TorchEngine.load(str(tmp_path / "nothing-here"))
    with pytest.raises(SettingsError, match="TONEWATCH_LLM_MODEL"):
        await TorchEngine.load("")


async def test_a_folder_of_saved_weights_is_loaded(tmp_path: Path, timeout_factor: float) -> None:
    tiny().save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    model = await TorchEngine.load(str(tmp_path))
    facts = TABLES["flat"]
    [done] = await ask(model, Request("x", max_tokens=16, facts=facts), timeout_factor=timeout_factor)
    assert parse(done.text) is not None
    assert model.ref.name == tmp_path.name
    assert request(facts).prompt.endswith("\n")
