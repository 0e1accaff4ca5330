from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.shipped import agreement, shipped_encoders, voice_like, weights_folder
from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.encoder import CPU, CUDA, EMOTIONS, Encoder, default_encoder_path
from tonewatch.workers.mel import RATE_HZ


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(default_encoder_path([CPU]), providers=[CPU])


@pytest.fixture(scope="module")
def fp32() -> Encoder:
    return Encoder(default_encoder_path([CUDA]), providers=[CPU])


def test_a_posterior_is_four_shares_that_add_up_to_one(encoder: Encoder) -> None:
    (shares,) = encoder.posteriors([voice_like(2.0, 150.0)])
    assert len(shares) == len(EMOTIONS)
    assert sum(shares) == pytest.approx(1.0)
    assert min(shares) >= 0.0


@pytest.mark.parametrize("gain_db", [-30.0, -6.0, 12.0])
def test_the_posterior_does_not_depend_on_gain(encoder: Encoder, gain_db: float) -> None:
    samples = voice_like(2.0, 150.0)
    louder = samples * np.float32(10.0 ** (gain_db / 20.0))
    plain, gained = encoder.posteriors([samples, louder])
    np.testing.assert_allclose(gained, plain, atol=0.02)


def test_a_batch_answers_like_each_segment_alone(fp32: Encoder) -> None:
    segments = [voice_like(seconds, 140.0, seed=int(10 * seconds)) for seconds in (0.3, 1.0, 2.57, 4.0)]
    alone = [fp32.posteriors([segment])[0] for segment in segments]
    np.testing.assert_allclose(fp32.posteriors(segments, batch_size=4), alone, atol=1e-4)


def test_int8_answers_like_float32() -> None:
    assert len(shipped_encoders()) == 2
    assert agreement(shipped_encoders()) < 0.1


def test_different_sounds_get_different_answers(encoder: Encoder) -> None:
    low, high = encoder.posteriors([voice_like(2.0, 90.0), voice_like(2.0, 320.0)])
    assert np.abs(np.subtract(low, high)).max() > 0.01


def test_ten_seconds_are_heard(encoder: Encoder) -> None:
    assert len(encoder.posteriors([voice_like(10.0, 150.0)])) == 1


@pytest.mark.parametrize("seconds", [0.0, 0.29, 10.01])
def test_a_segment_of_another_length_is_refused(encoder: Encoder, seconds: float) -> None:
    with pytest.raises(ValueError, match=r"0\.3 to 10"):
        encoder.posteriors([np.ones(int(seconds * RATE_HZ), dtype=np.float32)])


def test_no_segments_get_no_answers(encoder: Encoder) -> None:
    encoder.warm_up()
    assert encoder.posteriors([]) == []


def test_the_version_names_the_file_and_the_commit(encoder: Encoder) -> None:
    digest, _, commit = encoder.version.partition("+")
    assert len(digest) == 12
    assert commit == encoder.card.commit != ""
    assert encoder.card.labels == EMOTIONS


def test_the_weights_are_small() -> None:
    assert sum(path.stat().st_size for path in weights_folder().iterdir()) < 15_000_000


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"gone\.onnx"):
        Encoder(tmp_path / "gone.onnx")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_a_truncated_file_is_a_model_error(tmp_path: Path, share: float) -> None:
    whole = default_encoder_path([CPU]).read_bytes()
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ModelError, match=r"broken\.onnx"):
        Encoder(broken, providers=[CPU])


def test_a_file_that_is_no_model_is_a_model_error(tmp_path: Path) -> None:
    text = tmp_path / "notes.onnx"
    text.write_text("not a graph at all\n" * 50)
    with pytest.raises(ModelError, match="not a whole ONNX model"):
        Encoder(text, providers=[CPU])
