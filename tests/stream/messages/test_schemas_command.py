"""`tonewatch schemas`, as a release's CI runs it against the schemas that are committed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tonewatch.stream.errors import DataError
from tonewatch.stream.messages import renewal
from tonewatch.stream.messages.schema import FOLDER, file_texts
from tonewatch.stream.messages.schemas_command import broken, schemas


def test_this_release_keeps_the_contract_of_the_committed_schemas() -> None:
    result = CliRunner().invoke(schemas, ["check"])
    assert (result.exit_code, broken(FOLDER)) == (0, [])
    assert "keeps the contract" in result.output


def test_a_field_that_was_there_before_is_told_with_its_topic(tmp_path: Path) -> None:
    assert CliRunner().invoke(schemas, ["export", str(tmp_path)]).exit_code == 0
    path = tmp_path / "tonewatch.alerts.v1.json"
    schema = json.loads(path.read_text())
    schema["$defs"]["Alert"]["properties"]["colour"] = {"type": "string", "default": ""}
    path.write_text(json.dumps(schema))
    result = CliRunner().invoke(schemas, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert "tonewatch.alerts.v1: Alert.colour is gone" in result.output


def test_what_is_exported_are_the_schemas_and_the_document(tmp_path: Path) -> None:
    assert CliRunner().invoke(schemas, ["export", str(tmp_path / "new")]).exit_code == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == {*file_texts(), "asyncapi.json"}


def test_a_folder_without_schemas_is_an_error_and_no_success(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No schemas"):
        broken(tmp_path)
    (tmp_path / "tonewatch.alerts.v1.json").write_text("[]")
    with pytest.raises(DataError, match="no schema of a topic"):
        broken(tmp_path)


def test_a_broken_contract_is_not_renewed(tmp_path: Path) -> None:
    renewal.renew(tmp_path, tmp_path / "asyncapi.json", tmp_path / "README.md")
    schema = tmp_path / "tonewatch.tone.v1.json"
    before = schema.read_text().replace('"risk"', '"danger"')
    schema.write_text(before)
    with pytest.raises(DataError, match=r"Tone\.danger is gone"):
        renewal.renew(tmp_path, tmp_path / "asyncapi.json", tmp_path / "README.md")
    assert schema.read_text() == before
