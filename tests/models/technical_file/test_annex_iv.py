"""The file follows the configuration, and what nobody knows is printed as open."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tonewatch.models.technical_file import report_command
from tonewatch.models.technical_file.annex_iv import sections
from tonewatch.models.technical_file.collected import collect, read_junit
from tonewatch.models.technical_file.report_command import report
from tonewatch.stream.errors import DataError

FAIRNESS = {
    "about": {"model": "m"},
    "groups": [
        {
            "grouping": "gender",
            "group": "female",
            "voices": 3,
            **{n: {"part": 7, "whole": 10, "voices": [0.5, 0.9]} for n in ("recall", "false_alarms", "abstained")},
        }
    ],
}


def made(tmp_path: Path, *more: str) -> str:
    done = CliRunner().invoke(report, ["technical-file", "--out", str(tmp_path), "--no-pdf", *more])
    assert done.exit_code == 0, done.output + str(done.exception)
    return (tmp_path / "technical-file.html").read_text()


def test_every_part_of_the_annex_is_there_and_each_open_point_is_marked(tmp_path: Path) -> None:
    text = made(tmp_path)
    for number in ("1", "2 (a)-(c)", "2 (d)", "2 (e)", "2 (g)", "2 (h)", "3", "4", "5", "6", "7", "8", "9"):
        assert f"<h2>{number} " in text
    points = sum(len(one.open_points) for one in sections(collect()))
    assert text.count("OPEN. ") == points > 5
    assert "Name and address of the provider" in text


def test_what_is_given_is_open_no_longer(tmp_path: Path) -> None:
    junit, fairness = tmp_path / "junit.xml", tmp_path / "fairness.json"
    junit.write_text('<testsuites><testsuite tests="5" failures="0" errors="0" skipped="1"/></testsuites>')
    fairness.write_text(json.dumps(FAIRNESS))
    text = made(tmp_path, "--provider", "Acme & Co", "--junit", str(junit), "--fairness", str(fairness))
    assert "Acme &amp; Co" in text and "Name and address of the provider" not in text
    assert "--junit FILE" not in text and "<td>skipped</td><td>1</td>" in text
    assert "<td>gender female</td><td>3</td><td>7 of 10 (0.50 to 0.90)</td>" in text


def test_rules_and_settings_are_those_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\nrules:\n  anger:\n    fire: 0.77\n    clear: 0.11\n")
    monkeypatch.setenv("TONEWATCH_RULES", str(rules))
    monkeypatch.setenv("TONEWATCH_KAFKA_USER", "m")
    monkeypatch.setenv("TONEWATCH_KAFKA_PASSWORD", "hunter2")
    monkeypatch.setenv("TONEWATCH_KAFKA_MECHANISM", "SCRAM-SHA-512")
    text = made(tmp_path)
    assert "fire 0.77" in text and "kafka_mechanism are set" in text
    assert "hunter2" not in text


def test_digests_of_weights_and_code_are_those_of_this_installation(tmp_path: Path) -> None:
    text, found = made(tmp_path), collect()
    assert found.weights and all(digest in text for digest in found.weights.values())
    assert found.made_by.code in text and found.made_by.head in text


def test_markup_in_a_name_stays_text(tmp_path: Path) -> None:
    text = made(tmp_path, "--provider", "<script>alert(1)</script>")
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert not re.search(r"(?:src|href)=", text)


def test_without_a_browser_there_is_html_alone_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_command, "browser", lambda: None)
    done: Any = CliRunner().invoke(report, ["technical-file", "--out", str(tmp_path)])
    assert "no PDF: no Chromium was found" in done.output
    assert not (tmp_path / "technical-file.pdf").exists()


@pytest.mark.parametrize("text", ["", "<a/>", '<testsuite tests="0" failures="0" errors="0" skipped="0"/>'])
def test_a_run_of_no_test_is_no_result(tmp_path: Path, text: str) -> None:
    (tmp_path / "junit.xml").write_text(text)
    with pytest.raises(DataError):
        read_junit(tmp_path / "junit.xml")


@pytest.mark.e2e
def test_a_chromium_prints_it(tmp_path: Path, chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_command, "browser", lambda: chromium)
    done = CliRunner().invoke(report, ["technical-file", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "technical-file.pdf").read_bytes().startswith(b"%PDF")
