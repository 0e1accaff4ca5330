"""Files of rules: what is wrong with one is named by line, with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.rules.file import Fault, parse, read_rules, schema
from tonewatch.stream.rules.model import RuleSet

HEAD = "version: 1\n"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("rules:\n  anger:\n    fire: 1.5\n", 4, "rules.anger.fire: expected `float` <= 0.999"),
        ("rules:\n  anger:\n    fier: 0.5\n", 4, "unknown setting `fier`; did you mean `fire`?"),
        ("rules:\n  anger: {severity: loud}\n", 3, "allowed is watch or act"),
        ("queues:\n  billing:\n    dead_air: {silence_s: 10}\n    mine: {fire: 0.5}\n", 5, "give it a `kind`"),
        ("rules:\n  anger:\n    fire: 0.5\n    clear: 0.6\n", 3, "`clear` 0.6 must be below `fire` 0.5"),
        ("teams:\n  north:\n    queues: [a, 3]\n", 4, "expected `str`, got `int`"),
        ("teams:\n  north:\n    rules: {}\n", 3, "`queues` is missing; add it"),
        ("rules:\n  anger: [\n", 4, "not YAML"),
        ("rules:\n  anger:\n    fire: 0.5\n    fire: 0.6\n", 5, "`fire` stands here a second time"),
        ("rules:\n", 2, "expected `object`, got `null`"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, told: str) -> None:
    found = parse(HEAD + text)
    assert isinstance(found, Fault)
    assert found.line == line
    assert told in found.text


@pytest.mark.parametrize("text", ["", "- a\n", "rules: {}\n", "version: 2\n"])
def test_a_file_that_is_no_such_mapping_says_how_it_must_begin(text: str) -> None:
    found = parse(text)
    assert isinstance(found, Fault)
    assert "version" in found.text


def test_an_error_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    with pytest.raises(SettingsError, match=r"cannot read the rules .*rules\.yaml"):
        read_rules(file)
    file.write_text("version: 1\nrulez: {}\n")
    with pytest.raises(SettingsError, match=r"rules.yaml, line 2: .*did you mean `rules`"):
        read_rules(file)


def test_the_schema_knows_every_setting() -> None:
    found = json.loads(schema())
    assert {"severity", "silence_s", "enabled"} <= found["$defs"]["Patch"]["properties"].keys()
    assert found["$defs"]["RulesFile"]["required"] == ["version"]


def test_a_name_with_dots_is_found_again() -> None:
    found = parse(HEAD + "queues:\n  a.b:\n    anger: {count: x}\n")
    assert isinstance(found, Fault)
    assert found.line == 4


def test_a_sound_file_is_a_set_of_rules() -> None:
    assert isinstance(parse(HEAD), RuleSet)
