"""Settings come from the environment, options win, and a bad value is named."""

import json
import logging
from pathlib import Path

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.service.logs import configure
from tonewatch.stream.settings import (
    ROLES,
    ExplainSettings,
    KafkaSettings,
    ListenSettings,
    load,
    table,
    unknown_variables,
    variables,
)


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


def test_the_written_table_holds_every_setting_and_no_other() -> None:
    written = (Path(__file__).parents[2] / "stream" / "SETTINGS.md").read_text()
    assert written[written.index("| variable |") :] == table(), "write it again: python -m tonewatch.stream.settings"


def test_every_setting_says_what_it_means_and_who_reads_it() -> None:
    for name, (info, roles) in variables().items():
        assert info.description, name
        assert roles and set(roles) <= set(ROLES), name


def test_a_variable_that_no_setting_has_is_named_with_the_nearest_that_is_one() -> None:
    environment = ["TONEWATCH_KAFAK", "TONEWATCH_ZZZ", "TONEWATCH_LLM", "TONEWATCH_TEST_ANY", "TONEWATCH_DATA", "PATH"]
    assert unknown_variables(environment) == {"TONEWATCH_KAFAK": "TONEWATCH_KAFKA", "TONEWATCH_ZZZ": ""}


def test_a_setting_may_be_written_small_as_the_library_that_reads_it_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("tonewatch_kafka", "small:1")
    assert (load(KafkaSettings).kafka, unknown_variables(["tonewatch_kafka"])) == ("small:1", {})


def test_a_role_names_a_misspelled_variable_in_one_line_when_it_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setenv("TONEWATCH_RULE", "rules.yaml")
    configure("monitor")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["level"], said["variable"], said["nearest"]) == ("warning", "TONEWATCH_RULE", "TONEWATCH_RULES")
