"""What the explainer's settings must hold, before anything is read from Kafka."""

from __future__ import annotations

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.workers.explain.explain_command import explain


@pytest.mark.parametrize(
    ("name", "value"),
    [("TONEWATCH_LLM", "oracle"), ("TONEWATCH_LLM_DEADLINE_S", "0"), ("TONEWATCH_LLM_QUEUE", "-1")],
)
def test_a_setting_out_of_range_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        explain()


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONEWATCH_LLM", "none")
    with pytest.raises(SettingsError, match="TONEWATCH_LLM"):
        explain(llm="oracle")
