from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.engines.engine import Request
from tonewatch.workers.reasons.engines.engine_compact import is_compact

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


async def test_llama_cpp_writes_with_the_adapter_what_torch_writes_with_it(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="no llama.cpp: pip install 'tonewatch[llm]'")
    from tonewatch.workers.reasons.engines.engine_llama import LlamaEngine

    model = adapted_model(tmp_path)
    ref = ModelRef(name="tiny", version="0")
    texts = {}
    for adapter in (None, tmp_path / "adapter.gguf"):
        engine = await LlamaEngine.load(tmp_path / "base.gguf", ref, adapter=adapter)
        # Only symbols that are letters: the bytes of others may be no text.
        found = await engine.complete(Request(PROMPT, grammar="root ::= [!-~]+", max_tokens=6), deadline_s=60.0)
        texts[adapter is not None] = found.text
        await engine.aclose()
    expected = letters_by(model, PROMPT, len(texts[True]))
    assert texts[True] == expected
    assert texts[False] != expected


def letters_by(model: object, prompt: str, count: int) -> str:
    allowed = [index for index, one in enumerate(SYMBOLS[:256]) if "!" <= one <= "~"]
    ids = [SYMBOLS.index("Ġ" if one == " " else one) for one in prompt]
    for _ in range(count):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, -1]  # type: ignore[operator]
        ids.append(max(allowed, key=lambda index: float(logits[index])))
    return "".join(SYMBOLS[index] for index in ids[len(prompt) :])


def test_an_adapter_says_in_which_form_it_was_trained(tmp_path: Path) -> None:
    adapted_model(tmp_path)
    assert is_compact(tmp_path / "adapter.gguf")
    assert not is_compact(tmp_path / "base.gguf")
