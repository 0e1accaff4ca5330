from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from tonewatch.models.prosody.perception import Pair, Perceived, accuracies, intonation_of
from tonewatch.models.prosody.perception_command import Perception, perception


def perceived(pitch: float | None, intonation: str | None = "level", stress_ms: int | None = 500) -> Perceived:
    return Perceived({"pitch": pitch, "energy": None, "rate": None}, intonation, stress_ms)


def pairs(shift_st: float, swapped: bool = False) -> list[Pair]:
    """Four speakers of three clips, low, middle and high; read `shift_st` too high, or low and high swapped."""
    found = []
    for number in range(4):
        for place in (0.0, 5.0, 10.0):
            read = 10.0 - place if swapped else place
            found.append(Pair(f"s{number}", "female", perceived(read + shift_st + 0.01 * number), perceived(place)))
    return found


def test_a_constant_error_leaves_the_classes_right_and_swapped_ones_are_wrong() -> None:
    assert accuracies(pairs(3.0))["pitch"].right == 1.0
    assert accuracies(pairs(0.0, swapped=True))["pitch"].right == pytest.approx(1 / 3)


def test_what_is_not_answered_counts_as_wrong_and_what_nobody_knows_is_left_out() -> None:
    half = [
        Pair(p.speaker, p.gender, perceived(None if p.speaker == "s0" else p.ours.values["pitch"], None), p.reference)
        for p in pairs(0.0)
    ]
    found = accuracies(half)
    assert (found["pitch"].clips, found["pitch"].answered, found["pitch"].right) == (12, 0.75, 0.75)
    assert (found["intonation"].answered, found["intonation"].right) == (0.0, 0.0)
    assert "energy" not in found


def test_the_strongest_syllable_is_found_where_it_is_near() -> None:
    near, far = perceived(0.0, stress_ms=600), perceived(0.0, stress_ms=900)
    found = accuracies([Pair("a", "", near, perceived(0.0)), Pair("b", "", far, perceived(0.0))])
    assert found["stress"].right == 0.5


@pytest.mark.parametrize(
    ("ends_st", "range_st", "wanted"),
    [(4.0, 0.0, "rise"), (-4.0, 0.0, "fall"), (0.0, 1.0, "flat"), (0.0, 6.0, "level"), (0.0, 12.0, "expressive")],
)
def test_intonation_by_the_papers_rule(ends_st: float, range_st: float, wanted: str) -> None:
    body = 0.5 * range_st * np.sin(np.linspace(0.0, 6.0 * np.pi, 150))
    st = np.concatenate([body, np.full(10, np.nan), np.linspace(0.0, ends_st, 50)])
    assert intonation_of(200.0 * 2.0 ** (st / 12.0)) == wanted
    assert intonation_of(np.full(200, np.nan)) is None


def test_the_command_reads_a_corpus_and_writes_the_accuracies(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("parselmouth")
    app = typer.Typer()
    app.command()(perception)
    ended = CliRunner().invoke(app, ["--data", str(corpus), "--clips", "6", "--json", str(tmp_path / "p.json")])
    assert ended.exit_code == 0, ended.output
    found = msgspec.json.decode((tmp_path / "p.json").read_bytes(), type=Perception)
    assert found.rows["made"]["pitch"].clips == 3
    assert [line.split()[0] for line in ended.output.splitlines() if "75" in line] == ["pitch"]
