from __future__ import annotations

import asyncio
from typing import Any

import pytest
from typer.testing import CliRunner

from tonewatch.stream.cli import build
from tonewatch.stream.errors import ModelError
from tonewatch.stream.messages import ModelRef
from tonewatch.stream.service import process
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import ExplainSettings
from tonewatch.workers.explain import explain_command


class Explainer:
    """Notes the engine that it is given."""

    def __init__(self) -> None:
        self.engines: list[object] = []

    def use(self, engine: object) -> None:
        self.engines.append(engine)


def test_an_unknown_engine_is_refused_with_the_ones_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_command, "configure", lambda *_words: None)
    found = CliRunner().invoke(build(["explain"]), ["explain", "--llm", "gpt"])
    assert "TONEWATCH_LLM" in str(found.exception) and "small|llama" in str(found.exception)


async def test_a_model_whose_weights_came_late_is_used_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Engine:
        ref = ModelRef(name="late", version="0")

    answers: list[Any] = [ModelError("no weights"), Engine()]

    async def load(_settings: ExplainSettings) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, ModelError):
            raise answer
        return answer

    monkeypatch.setattr(explain_command, "load_engine", load)
    monkeypatch.setattr(process, "FIRST_WAIT_S", 0.0)
    explainer: Any = Explainer()
    found = await explain_command._late(ExplainSettings(), explainer, Metrics(), asyncio.Event())
    assert explainer.engines == [found] and found is not None and found.ref.name == "late"


async def test_a_stop_before_the_weights_came_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, explainer = asyncio.Event(), Explainer()

    async def load(_settings: ExplainSettings) -> Any:
        stop.set()
        raise ModelError("no weights")

    monkeypatch.setattr(explain_command, "load_engine", load)
    asked: Any = explainer
    assert await explain_command._late(ExplainSettings(), asked, Metrics(), stop) is None
    assert explainer.engines == []
