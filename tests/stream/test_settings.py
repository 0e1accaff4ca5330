"""Settings come from the environment, options win, and a bad value is named."""

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import ExplainSettings, KafkaSettings, ListenSettings, load


def test_an_option_wins_over_the_environment_and_that_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(KafkaSettings).kafka == "127.0.0.1:9092"
    monkeypatch.setenv("TONEWATCH_KAFKA", "kafka:9092")
    assert load(KafkaSettings).kafka == "kafka:9092"
    assert load(KafkaSettings, kafka="other:1").kafka == "other:1"
    assert load(KafkaSettings, kafka=None).kafka == "kafka:9092"


def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONEWATCH_PAUSE_MS", "soon")
    with pytest.raises(SettingsError, match="TONEWATCH_PAUSE_MS"):
        load(ListenSettings)


def test_a_key_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONEWATCH_LLM_KEY", "a-secret")
    settings = load(ExplainSettings)
    assert "a-secret" not in repr(settings) + str(settings)
    assert settings.llm_key.get_secret_value() == "a-secret"
