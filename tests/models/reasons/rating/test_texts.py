from __future__ import annotations

import json
from pathlib import Path

import pytest

from tonewatch.models.reasons.rating.texts import of_file, of_run
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import FactsTable

from ..conftest import honest, records


def test_a_run_gives_the_models_texts_and_the_facts_own(tables: dict[str, FactsTable]) -> None:
    run = records(honest, tables)
    written = of_run(run)
    model = [one for one in written if one.source.name == "model"]
    assert [one.text for one in model] == [one.rationale.text for one in run]
    assert {one.source.writer for one in model} == {"model rule 0"}
    realised = {one.moment: one.text for one in written if one.source.name == "realiser"}
    assert len(realised) == len(run) and realised[model[0].moment] != model[0].text


def test_a_file_adds_its_texts_for_the_moments_of_this_run(tmp_path: Path, tables: dict[str, FactsTable]) -> None:
    known = {one.moment: one.facts for one in of_run(records(honest, tables))}
    (call, kind, at_ms), facts = next(iter(known.items()))
    own = {"call_id": call, "kind": kind, "at_ms": at_ms, "text": "Angrier, since nothing said is glad."}
    file = tmp_path / "references.json"
    file.write_text(json.dumps({"writer": "a person", "texts": [own, {**own, "call_id": "another.wav"}]}))
    [found] = of_file(f"reference={file}", known)
    assert (found.source.name, found.source.writer, found.facts) == ("reference", "a person", facts)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("older", {"texts": []}, "say what wrote"),
        ("older", {"writer": "a person", "texts": []}, "none of its 0 texts"),
        ("older", {"writer": "a person"}, "not a file of texts"),
        ("model", {}, "names of this run's own"),
    ],
)
def test_a_file_that_adds_nothing_is_refused(name: str, content: dict[str, object], told: str, tmp_path: Path) -> None:
    file = tmp_path / "texts.json"
    file.write_text(json.dumps(content))
    with pytest.raises(SettingsError, match=told):
        of_file(f"{name}={file}", {})
