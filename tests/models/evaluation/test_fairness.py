"""Shares by group: the numbers, their intervals, and whether a difference is found where one was put in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.models.corpora import EMOTIONS
from tonewatch.models.evaluation.fairness import by_groups, wilson
from tonewatch.models.evaluation.fairness_command import ages, fairness
from tonewatch.models.evaluation.fairness_report import confounded, notes, table
from tonewatch.models.evaluation.results import Answers

ANGRY, NEUTRAL = EMOTIONS.index("angry"), EMOTIONS.index("neutral")


def made(missed_by_voice: dict[str, int], *, each: int = 20) -> Answers:
    """Of each voice so many degraded clips of which some are missed, and as many calm ones, all found."""
    voices, labels, choices = [], [], []
    for voice, missed in missed_by_voice.items():
        voices += [voice] * (2 * each)
        labels += [ANGRY] * each + [NEUTRAL] * each
        choices += [NEUTRAL] * missed + [ANGRY] * (each - missed) + [NEUTRAL] * each
    posteriors = np.eye(4)[np.array(choices)] * 0.9 + 0.025
    many = len(labels)
    blank = np.array([""] * many, dtype=np.str_)
    return Answers(
        classes=EMOTIONS,
        posteriors=posteriors,
        labels=np.array(labels, dtype=np.int64),
        speakers=np.array(voices, dtype=np.str_),
        corpora=np.array(["made"] * many, dtype=np.str_),
        sets=blank,
        abstained=blank,
        seconds=np.zeros(many),
    )


def genders(answers: Answers) -> dict[str, list[str]]:
    return {"gender": ["female" if name.startswith("f") else "male" for name in answers.speakers.tolist()]}


def test_shares_are_counted_by_group() -> None:
    answers = made({"f1": 5, "f2": 5, "m1": 0, "m2": 0})
    female, male = by_groups(answers, genders(answers))
    assert (female.group, female.voices, female.clips, female.recall.part, female.recall.whole) == (
        "female",
        2,
        80,
        30,
        40,
    )
    assert male.recall.value == 1.0 and male.false_alarms.value == 0.0
    assert female.recall_gap.value == pytest.approx(-0.25)


def test_a_difference_that_was_put_in_is_found_and_one_that_was_not_is_not() -> None:
    worse = made({f"f{i}": 8 for i in range(6)} | {f"m{i}": 1 for i in range(6)})
    alike = made({f"f{i}": i % 3 for i in range(6)} | {f"m{i}": i % 3 for i in range(6)})
    assert by_groups(worse, genders(worse))[0].recall_gap.is_found
    assert not by_groups(alike, genders(alike))[0].recall_gap.is_found


def test_one_voice_has_no_interval_over_voices_and_finds_no_difference() -> None:
    answers = made({"f1": 10, "m1": 0})
    female = by_groups(answers, genders(answers))[0]
    assert female.recall.voices is None and female.recall.wilson is not None
    assert not female.recall_gap.is_found


def test_clips_of_no_known_group_are_left_out_of_it() -> None:
    answers = made({"f1": 0, "m1": 0})
    groups = ["" if name == "m1" else "female" for name in answers.speakers.tolist()]
    (only,) = by_groups(answers, {"gender": groups})
    assert only.clips == 40 and only.recall_gap.value is None
    assert "40 clips have no gender" in notes([only], {"gender": 40, "age": 80}, [])[0]
    assert "no clip has age" in notes([only], {"gender": 40, "age": 80}, [])[-2]


@pytest.mark.parametrize(("part", "whole"), [(0, 10), (10, 10), (5, 10), (1, 1)])
def test_wilsons_interval_holds_the_share_and_stays_within_bounds(part: int, whole: int) -> None:
    interval = wilson(part, whole)
    assert interval is not None
    assert 0.0 <= interval[0] <= part / whole <= interval[1] <= 1.0
    assert wilson(0, 0) is None


def test_groupings_that_divide_alike_are_told() -> None:
    groups = {"language": ["en", "en", "de"], "corpus": ["a", "a", "b"], "gender": ["f", "m", "m"], "age": ["", "", ""]}
    assert confounded({name: list(values) for name, values in groups.items()}) == ["language and corpus"]


def test_the_table_marks_intervals_over_clips() -> None:
    answers = made({"f1": 5, "m1": 0, "m2": 0})
    text = table(by_groups(answers, genders(answers)))
    assert "| gender | female | 1 | 40 | 0.75 (0.53 to 0.89)* |" in text


def test_ages_are_read_by_decade_where_a_manifest_has_them(make_manifest: Callable[..., Path]) -> None:
    manifest = make_manifest("aged")
    assert ages([manifest]) == {}
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join([lines[0] + ",age", *(f"{line},47" for line in lines[1:])]) + "\n")
    assert set(ages([manifest]).values()) == {"40 to 49"}


def test_the_command_prints_the_groups_of_a_manifest(make_manifest: Callable[..., Path], tmp_path: Path) -> None:
    app: Any = Typer()
    app.command()(fairness)
    out = tmp_path / "fairness.json"
    done = CliRunner().invoke(app, ["--manifest", str(make_manifest("few")), "--alone", "--json", str(out)])
    assert done.exit_code == 0, done.output + str(done.exception)
    assert "| gender | male | 2 | 8 |" in done.output and "no clip has age" in done.output
    assert '"grouping": "language"' in out.read_text()
