from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.errors import DependencyError
from tonewatch.stream.service.provider import machine_has_gpu, provider_name
from tonewatch.stream.settings import ExplainSettings
from tonewatch.workers.reasons.engines.factory import load_engine, make_engine

ON_THE_CPU = provider_name(on_gpu=False, has_gpu=machine_has_gpu())


async def test_none_is_no_engine_and_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert await make_engine(ExplainSettings(llm="none")) is None
    assert caplog.records == []


async def test_of_a_remote_model_nobody_here_knows_what_it_runs_on() -> None:
    engine = await load_engine(ExplainSettings(llm="http", llm_url="http://127.0.0.1:1/v1", llm_model="m"))
    assert (engine.ref.name, engine.ref.provider) == ("m", "")
    await engine.aclose()


async def test_the_explainer_that_comes_with_tonewatch_names_its_weights_and_what_they_run_on() -> None:
    engine = await load_engine(ExplainSettings(llm="small"))
    assert (len(engine.ref.version), engine.ref.provider) == (12, ON_THE_CPU)
    await engine.aclose()


async def test_weights_that_are_not_there_leave_the_reasons_to_the_facts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = ExplainSettings(llm="small", llm_model=str(tmp_path / "gone.onnx"))
    assert await make_engine(settings) is None
    assert "facts alone" in caplog.text
    with pytest.raises(DependencyError, match=r"gone\.onnx"):
        await load_engine(settings)
