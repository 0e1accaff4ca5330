from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.compact import FORM, FORM_KEY
from tonewatch.workers.reasons.engines.engine import Completion, Request
from tonewatch.workers.reasons.engines.engine_compact import CompactEngine, is_compact
from tonewatch.workers.reasons.examples import EXAMPLES
from tonewatch.workers.reasons.explain import request


class Keeping:
    """An engine that keeps what it was asked."""

    ref = ModelRef(name="kept", version="0")

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.closed = False

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        self.asked.append(request)
        return Completion("text", 1, deadline_s)

    async def aclose(self) -> None:
        self.closed = True


async def test_it_asks_in_the_compact_form_and_in_its_grammar() -> None:
    inner = Keeping()
    engine = CompactEngine(inner)
    await engine.complete(request(EXAMPLES[0][0], kind="update"), deadline_s=1.0)
    [asked] = inner.asked
    assert asked.prompt.startswith("<|im_start|>user\nupdate at 1:00")
    assert "degraded yes" in asked.grammar
    assert engine.ref == inner.ref
    await engine.aclose()
    assert inner.closed


async def test_a_request_without_facts_goes_through_as_it_is() -> None:
    inner = Keeping()
    await CompactEngine(inner).complete(Request("as it is"), deadline_s=1.0)
    assert inner.asked == [Request("as it is")]


def test_an_adapter_of_another_form_is_refused_and_one_of_none_is_no_compact_one(tmp_path: Path) -> None:
    file = tmp_path / "adapter.gguf"
    for content, expected in ((b"GGUF", False), (f"GGUF {FORM_KEY} {FORM}".encode(), True)):
        file.write_bytes(content)
        assert is_compact(file) is expected
    file.write_bytes(f"GGUF {FORM_KEY} compact-0".encode())
    with pytest.raises(ModelError, match="train it again"):
        is_compact(file)
    with pytest.raises(DependencyError, match="TONEWATCH_LLM_ADAPTER"):
        is_compact(tmp_path / "none.gguf")
