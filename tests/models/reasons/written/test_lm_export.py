from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tonewatch.workers.reasons.engines.engine_compact import is_compact
from tonewatch.workers.reasons.engines.engine_llama import _load

from .tiny_llama import HEADS, KV_HEADS, SYMBOLS, tiny_llama, write_gguf

torch = pytest.importorskip("torch", reason="no torch: pip install 'tonewatch[train]'")
pytest.importorskip("transformers", reason="no transformers: pip install 'tonewatch[train]'")
pytest.importorskip("gguf", reason="no gguf: pip install 'tonewatch[train]'")
PROMPT = "onset at 1:02, since 0:48"


def adapted_model(folder: Path) -> object:
    """A base and a random adapter, both written; the torch model has the adapter on."""
    from tonewatch.models.reasons.written.lm_export import export_adapter
    from tonewatch.models.reasons.written.lora import LoraShape, adapt, adapter_parameters, adapter_state

    model = tiny_llama()
    write_gguf(model, folder / "base.gguf")
    adapt(model, LoraShape(rank=4, alpha=8.0))
    with torch.no_grad():
        for parameter in adapter_parameters(model).values():
            torch.nn.init.normal_(parameter, std=0.15)
    about = {"name": "tiny", "licence": "Apache-2.0"}
    export_adapter(adapter_state(model), LoraShape(rank=4, alpha=8.0), HEADS, KV_HEADS, about, folder / "adapter.gguf")
    return model


def test_llama_cpp_finds_the_probabilities_that_torch_finds_with_an_adapter_and_without(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="no llama.cpp: pip install 'tonewatch[llm]'")
    from tonewatch.models.reasons.written.lora import LoraLinear

    model: Any = adapted_model(tmp_path)
    adapters = [layer for layer in model.modules() if isinstance(layer, LoraLinear)]
    found = {}
    for adapter in (tmp_path / "adapter.gguf", None):
        for layer in adapters:
            layer.scale = 2.0 if adapter else 0.0
        found[adapter is not None] = by_llama_cpp(tmp_path / "base.gguf", adapter)
        assert found[adapter is not None] == pytest.approx(by_torch(model), abs=0.02)
    assert found[True] != pytest.approx(found[False], abs=0.1)


def by_torch(model: Any) -> list[float]:
    """The five largest log probabilities of the next symbol."""
    ids = [SYMBOLS.index("Ġ" if one == " " else one) for one in PROMPT]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
    best: list[float] = torch.log_softmax(logits, -1).topk(5).values.tolist()
    return best


def by_llama_cpp(base: Path, adapter: Path | None) -> list[float]:
    server = _load(base, 1, 1, adapter)
    answers: list[Any] = []
    asked = {"prompt": PROMPT, "max_tokens": 1, "temperature": 0.0, "logprobs": 5}
    server.handle_completions(asked, answers.append)
    one = answers[0][0] if isinstance(answers[0], list) else answers[0]
    return [top["logprob"] for top in one["choices"][0]["logprobs"]["content"][0]["top_logprobs"]]


def test_an_adapter_says_in_which_form_it_was_trained(tmp_path: Path) -> None:
    adapted_model(tmp_path)
    assert is_compact(tmp_path / "adapter.gguf")
    assert not is_compact(tmp_path / "base.gguf")
