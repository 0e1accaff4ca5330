from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.demo.truth import Truth, default_folder, find_calls
from tonewatch.stream.errors import DependencyError, SettingsError


def test_calls_are_found_with_their_truth_and_in_order(tmp_path: Path) -> None:
    for name in ("b.flac", "a.wav", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "truth.json").write_text('[{"file": "b.flac", "duration_s": 70, "turns": []}, {"file": "gone.flac"}]')
    calls = find_calls(tmp_path)
    assert [path.name for path in calls.files] == ["a.wav", "b.flac"]
    assert [truth.file for truth in calls.truths] == ["b.flac"]
    assert (calls.about, calls.seconds) == (tmp_path / "truth.json", 70.0)


def test_calls_without_a_truth_have_no_expectations(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    calls = find_calls(tmp_path)
    assert (calls.truths, calls.about, calls.seconds) == ((), None, 0.0)


def test_an_empty_folder_says_how_to_make_calls(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"tonewatch synthesise.*--calls"):
        find_calls(tmp_path)


def test_a_broken_truth_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    (tmp_path / "truth.json").write_text('{"file": 3}')
    with pytest.raises(SettingsError, match=r"truth\.json is not a JSON list of calls"):
        find_calls(tmp_path)


@pytest.mark.parametrize(
    ("watched_s", "speed", "reached"), [(60.9, 1.0, False), (61.0, 1.0, True), (38.0, 2.0, True), (1.0, 0.0, True)]
)
def test_a_call_is_reached_when_an_alert_had_fifteen_seconds_to_come(
    watched_s: float, speed: float, reached: bool
) -> None:
    truth = Truth(file="a.flac", expected_alert=True, onset_s=46.0)
    assert truth.reached(watched_s, speed) is reached


def test_a_call_of_which_nothing_is_expected_is_always_reached() -> None:
    assert Truth(file="a.flac").reached(0.0, 1.0)


def test_the_demo_calls_of_this_installation_have_a_truth_each() -> None:
    calls = find_calls(default_folder())
    assert {truth.file for truth in calls.truths} == {path.name for path in calls.files}
    assert any(truth.expected_alert for truth in calls.truths)
