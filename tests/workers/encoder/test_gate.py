"""What is no voice is told apart, and tears are one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tonewatch.models.encoder.noises import melody, tone
from tonewatch.models.telephone import phone_line
from tonewatch.stream.errors import ModelError
from tonewatch.workers.encoder import CPU, Encoder, WeightsSet, default_encoder_path, encoder_files
from tonewatch.workers.encoder.gate import Gate, gate_path, load_gate, save_gate


def made(labels: tuple[str, ...] = ("crying", "laughter", "music", "speech")) -> Gate:
    """A statistic for each label."""
    size = len(labels)
    zeros, ones = np.zeros(size, dtype=np.float32), np.ones(size, dtype=np.float32)
    return Gate(labels, zeros, ones, 10.0 * np.eye(size, dtype=np.float32), zeros, 0.3, "weights saw nothing")


def heard(label: str, gate: Gate) -> NDArray[np.float32]:
    return np.array([float(one == label) for one in gate.labels], dtype=np.float32)


@pytest.mark.parametrize(
    ("label", "sound"), [("speech", None), ("crying", None), ("music", "music"), ("laughter", "laughter")]
)
def test_speech_and_tears_are_voices_and_the_rest_has_a_word(label: str, sound: str | None) -> None:
    gate = made()
    assert gate.sound(heard(label, gate)) == sound


def test_what_may_well_be_a_voice_is_one() -> None:
    gate = made()
    between = (0.1 * heard("music", gate) + 0.09 * heard("speech", gate)).astype(np.float32)
    shares = gate.shares(between)
    assert shares["music"] > shares["speech"] > gate.least / 2
    assert gate.sound(between) is None
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_gate_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "made-gate.npz"
    save_gate(made(), path)
    again = load_gate(path)
    assert again is not None
    assert (again.labels, again.least, again.licence) == (made().labels, 0.3, "weights saw nothing")
    np.testing.assert_array_equal(again.weights, made().weights)


def test_without_a_file_there_is_no_gate_and_another_file_is_refused(tmp_path: Path) -> None:
    assert load_gate(tmp_path / "none-gate.npz") is None
    other = tmp_path / "other-gate.npz"
    np.savez(other, weights=np.zeros(3))
    with pytest.raises(ModelError, match="not a gate"):
        load_gate(other)
    save_gate(made(("crying", "speech", "thunder")), other)
    with pytest.raises(ModelError, match="not a gate"):
        load_gate(other)


@pytest.mark.parametrize("weights", WeightsSet)
def test_a_shipped_encoder_brings_its_gate_and_its_digest_knows_it(weights: WeightsSet) -> None:
    path = default_encoder_path([CPU], weights)
    gate = load_gate(gate_path(path))
    assert gate is not None
    assert gate_path(path) in encoder_files(path)
    restricted = "NC" in gate.licence or "GPL" in gate.licence
    assert restricted is (weights is WeightsSet.FULL)


@pytest.mark.parametrize("weights", WeightsSet)
def test_a_dial_tone_and_plucked_notes_are_no_voice(weights: WeightsSet) -> None:
    encoder = Encoder(default_encoder_path([CPU], weights), providers=[CPU])
    sounds = [phone_line(sound) for sound in (tone(2.0, 425.0), *(melody(3.0, seed) for seed in range(6)))]
    assert sum(output.sound is not None for output in encoder.encode(sounds)) >= 5
