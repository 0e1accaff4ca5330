from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.rules_command import raised, rules
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.rules.file import read_rules
from tonewatch.stream.tone.config import ToneConfig

NEVER = "version: 1\nqueues:\n  quiet:\n    anger: {enabled: false}\n    distress: {enabled: false}\n"


def invoke(*words: str | Path) -> str:
    result = CliRunner().invoke(rules, [str(word) for word in words], catch_exceptions=False, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def test_a_sound_file_is_shown_as_the_rules_of_a_queue(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 1\nrules:\n  anger: {fire: 0.77}\n")
    output = invoke("check", file)
    assert "is sound" in output
    assert any("anger" in line and "probability 0.77" in line for line in output.splitlines())


def test_an_error_in_a_file_is_named_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 1\nrules:\n  anger: {fier: 0.5}\n")
    with pytest.raises(SettingsError, match="line 3"):
        invoke("check", file)


def test_the_schema_is_json() -> None:
    assert json.loads(invoke("schema"))["$defs"]


def test_rules_are_tried_on_recorded_calls(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    soundfile.write(folder / "silent.wav", np.zeros((24_000, 2), dtype=np.float32), 8_000)
    (tmp_path / "rules.yaml").write_text("version: 1\n")
    output = invoke("try", tmp_path / "rules.yaml", "--calls", folder, "--cache", tmp_path / "listened")
    assert "1 calls, 0.00 h, by full-int8.onnx. 0 alerts" in output
    assert "With the built-in rules: 0 alerts" in output


def test_rules_are_tried_with_the_weights_that_the_setting_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONEWATCH_WEIGHTS", "commercial")
    soundfile.write(tmp_path / "silent.wav", np.zeros((24_000, 2), dtype=np.float32), 8_000)
    (tmp_path / "rules.yaml").write_text("version: 1\n")
    output = invoke("try", tmp_path / "rules.yaml", "--calls", tmp_path, "--cache", tmp_path / "listened")
    assert "by commercial-int8.onnx" in output


def test_an_alert_is_listed_as_it_stood_at_the_end_and_by_the_rules_of_the_queue(
    listened_call: Callable[..., ListenedCall], tmp_path: Path
) -> None:
    call = listened_call("ccccccccaaaaaaaa")
    (one,) = raised(call, ToneConfig(), "")
    assert (one.call, one.alert.rule, one.events[0]) == ("c.wav", "anger", "pending") or "fired" in one.events
    assert one.events[-1] == one.alert.event
    (tmp_path / "rules.yaml").write_text(NEVER)
    config = ToneConfig(rules=read_rules(tmp_path / "rules.yaml"))
    assert not [tried for tried in raised(call, config, "quiet") if tried.alert.rule in ("anger", "distress")]
    assert [tried.alert.rule for tried in raised(call, config, "")] == [one.alert.rule]
