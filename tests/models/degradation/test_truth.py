from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.models.degradation.truth import Made, Truth, Turn, read_truth, write_truth
from tonewatch.stream.errors import SettingsError


def truth(kind: str = "escalate", onset_s: float | None = 40.0, **more: float | None) -> Truth:
    return Truth(file="a.wav", kind=kind, onset_s=onset_s, **more)  # type: ignore[arg-type]


def test_what_is_written_is_read_again_without_how_it_was_made(tmp_path: Path) -> None:
    known = Truth(file="a.wav", kind="sad", onset_s=30.5, end_s=50.0, duration_s=52.0, speaker="s", corpus="c")
    turns = (Turn(0, 1.0, 2.5, "neutral"), Turn(1, 2.7, 4.0, "anger"))
    made = Made(**msgspec.structs.asdict(known), clips=9, noise="street", turns=turns)
    write_truth(tmp_path, [made])
    assert read_truth(tmp_path / "truth.json") == (known,)


def test_a_null_is_written_where_nothing_degrades(tmp_path: Path) -> None:
    write_truth(tmp_path, [truth("steady", None)])
    assert '"onset_s": null' in (tmp_path / "truth.json").read_text()


def test_an_entry_needs_little_and_its_other_keys_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text('[{"file": "a.wav", "kind": "steady", "onset_s": null, "turns": 3}]')
    assert read_truth(path) == (truth("steady", None),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "list of entries"),
        ('[{"file": "a.wav", "kind": "steady"}]', "onset_s"),
        ('[{"file": "a.wav", "kind": "sad", "onset_s": "soon"}]', "onset_s"),
        ('[{"file": "../a.wav", "kind": "sad", "onset_s": 3}]', "inside the folder"),
        ('[{"file": "a.wav", "kind": "sad", "onset_s": 30, "end_s": 20}]', "entry 0 (a.wav): end_s 20"),
        ('[{"file": "a.wav", "kind": "sad", "onset_s": 30, "duration_s": 20}]', "behind the call's end"),
        ('[{"file": "a.wav", "kind": "sad", "onset_s": -1}]', "before the call"),
        ('[{"file": "a", "kind": "x", "onset_s": null}, {"file": "a", "kind": "x", "onset_s": null}]', "more than one"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_and_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "truth.json").write_text(text)
    with pytest.raises(SettingsError) as refused:
        read_truth(tmp_path / "truth.json")
    assert told in str(refused.value)


def test_the_degraded_stretch_ends_with_the_call_unless_it_is_said_otherwise() -> None:
    assert truth().degraded(60.0) == (40.0, 60.0)
    assert truth(end_s=55.0).degraded(60.0) == (40.0, 55.0)
    assert truth(end_s=58.0, recovery_s=50.0).degraded(60.0) == (40.0, 50.0)
    assert truth("steady", None).degraded(60.0) is None


def test_there_is_a_recovery_where_it_is_named_or_the_kind_says_so() -> None:
    assert truth(end_s=55.0, recovery_s=57.0).recovers
    assert truth("recover", end_s=55.0).recovers
    assert not truth(end_s=55.0).recovers
    assert not truth("steady", None).recovers
