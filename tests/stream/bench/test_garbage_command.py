from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import msgspec
import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import garbage_command
from tonewatch.stream.bench.fuzz import KINDS, Fuzzer, is_malformed
from tonewatch.stream.bench.garbage_command import GarbageReport, garbage
from tonewatch.stream.kafka.dead_letters import DeadLetter
from tonewatch.stream.topics import CALLS, SEGMENTS

CLEAN = GarbageReport(
    broker="embedded",
    inputs=100,
    per_target={},
    malformed=40,
    malformed_without_letter=0,
    wrong_dead_letters=0,
    failed=0,
    crashes=0,
    hangs=0,
    doors_wrong=0,
    dead_letters={},
)


def letter(reason: str, offset: int) -> DeadLetter:
    return DeadLetter(SEGMENTS.name, SEGMENTS.dlq, 0, offset, 0, reason, "why", 0, offset, None, b"", ())


@pytest.mark.parametrize(
    "wrong", ["", "malformed_without_letter", "wrong_dead_letters", "failed", "crashes", "hangs", "doors_wrong"]
)
def test_a_run_in_which_anything_went_wrong_does_not_end_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: str
) -> None:
    async def run(_count: int, _seed: int, _keep: Path | None) -> tuple[GarbageReport, list[str]]:
        return (msgspec.structs.replace(CLEAN, **{wrong: 1}) if wrong else CLEAN), ["a note"]

    monkeypatch.setattr(garbage_command, "_run", run)
    app = Typer()
    app.command()(garbage)
    file = tmp_path / "report.json"
    result = CliRunner().invoke(app, ["--count", "100", "--json", str(file)])
    assert result.exit_code == bool(wrong)
    assert json.loads(file.read_text())["malformed"] == 40


def test_each_malformed_record_must_have_a_letter_and_no_other_record_one() -> None:
    letters = [letter("undecodable", 1), letter("undecodable", 2), letter("late", 3), letter("failed", 4)]
    answered = garbage_command._answered(letters, {(SEGMENTS.name, 0, 1), (SEGMENTS.name, 0, 9)})
    assert (answered.missing, answered.wrong, answered.failed) == (1, 1, 1)
    assert answered.by_reason[f"{SEGMENTS.name} undecodable"] == 2


def test_a_letter_of_what_a_broken_call_had_to_send_is_not_wrong() -> None:
    letters = [dataclasses.replace(letter("undecodable", 2), value=b"a time that no call has")]
    assert garbage_command._answered(letters, set(), {b"a time that no call has"}).wrong == 0


def test_every_topic_that_a_role_reads_gets_records_that_must_be_refused() -> None:
    fuzzer = Fuzzer(1)
    assert CALLS.name in KINDS
    for topic in KINDS:
        assert any(is_malformed(topic, fuzzer.record(topic)[1]) for _ in range(50))
