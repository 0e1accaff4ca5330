"""Which engine the settings give, and what happens where it is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.errors import DependencyError, ModelError, SettingsError
from tonewatch.stream.settings import ExplainSettings
from tonewatch.workers.reasons.engines.factory import load_engine, make_engine


def settings(**values: object) -> ExplainSettings:
    return ExplainSettings(**values)  # type: ignore[arg-type]


async def test_nobody_reasons_where_none_is_named() -> None:
    assert await make_engine(settings(llm="none")) is None


async def test_the_shipped_explainer_is_the_default() -> None:
    pytest.importorskip("onnxruntime", reason="no onnxruntime: pip install 'tonewatch[cpu]'")
    engine = await load_engine(settings())
    assert engine.ref.name.startswith("tonewatch")
    await engine.aclose()


async def test_weights_come_from_the_folder_that_the_settings_name(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=str(tmp_path)):
        await load_engine(settings(weights_folder=str(tmp_path)))


async def test_a_server_is_named_by_address_and_model() -> None:
    engine = await load_engine(settings(llm="http", llm_url="http://127.0.0.1:1/v1", llm_model="served"))
    assert (engine.ref.name, engine.ref.version) == ("served", "remote")
    await engine.aclose()


@pytest.mark.parametrize("values", [{"llm_model": "m"}, {"llm_url": "http://127.0.0.1:1/v1"}])
async def test_a_server_without_address_or_model_is_an_error_of_the_settings(values: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="TONEWATCH_LLM"):
        await make_engine(settings(llm="http", **values))


@pytest.mark.parametrize("content", [None, b"no graph"])
async def test_weights_that_are_missing_or_broken_leave_the_facts_to_speak_and_are_logged(
    tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("onnxruntime", reason="no onnxruntime: pip install 'tonewatch[cpu]'")
    path = tmp_path / "mine.onnx"
    if content is not None:
        path.write_bytes(content)
    asked = settings(llm_model=str(path))
    assert await make_engine(asked) is None
    assert "No language model" in caplog.text
    with pytest.raises(DependencyError if content is None else ModelError, match=r"mine\.onnx"):
        await load_engine(asked)


async def test_a_model_file_of_ones_own_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"gone\.gguf"):
        await load_engine(settings(llm="llama", llm_model=str(tmp_path / "gone.gguf")))
