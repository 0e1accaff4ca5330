from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.encoder.noises import no_speech
from tonewatch.models.shipped import agreement, check_set, shipped_encoders, voice_like
from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import EMOTIONS
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.weights import relative_head_file
from tonewatch.workers.audio.mel import RATE_HZ
from tonewatch.workers.encoder import (
    CPU,
    CUDA,
    Encoder,
    WeightsSet,
    default_encoder_path,
    encoder_files,
    relative_head_path,
    weights_folder,
)


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


@pytest.mark.parametrize("weights", WeightsSet)
def test_every_precision_of_a_set_answers_alike_and_goes_with_its_head(weights: WeightsSet) -> None:
    paths = shipped_encoders(weights)
    assert [path.stem.rpartition("-")[2] for path in paths] == ["fp16", "fp32", "int8"]
    assert check_set(weights) == agreement(paths) < 0.1
    assert {relative_head_path(path) for path in paths} == {relative_head_file(weights, weights_folder())}


def test_the_commercial_set_heard_only_what_may_be_used_commercially() -> None:
    full, commercial = (Encoder(shipped_encoders(weights)[0], providers=[CPU]).card for weights in WeightsSet)
    assert set(commercial.data) == {"emodb"} < set(full.data)
    assert "NC" not in commercial.licence
    assert "NC" in full.licence


def test_a_float16_graph_is_chosen_for_a_gpu_and_an_int8_one_for_a_cpu() -> None:
    assert default_encoder_path([CUDA, CPU]).name == "full-fp16.onnx"
    assert default_encoder_path([CPU], WeightsSet.COMMERCIAL).name == "commercial-int8.onnx"


def test_a_segment_is_heard_with_all_that_the_file_answers(encoder: Encoder) -> None:
    (heard,) = encoder.encode([voice_like(2.0, 150.0)])
    assert heard.eight is not None
    assert sum(heard.eight) == pytest.approx(1.0)
    assert heard.degraded is not None
    assert 0.0 <= heard.degraded <= 1.0
    assert heard.affect is None
    head = load_head(relative_head_path(default_encoder_path([CPU])))
    assert head.weights["hidden"][0].shape[1] == heard.embedding.size + len(EMOTIONS) + 1


def test_tones_music_and_noise_are_less_certain_than_a_voice(encoder: Encoder) -> None:
    voice = [voice_like(seconds, 150.0) for seconds in (0.8, 1.5, 3.0)]
    uncertainties = [[heard.uncertainty for heard in encoder.encode(sounds)] for sounds in (voice, no_speech())]
    assert np.median(uncertainties[1]) > np.median(uncertainties[0])


def test_segments_come_back_in_their_order_whatever_batches_they_are_put_in(fp32: Encoder) -> None:
    segments = [voice_like(seconds, 140.0) for seconds in (3.0, 0.5, 2.0, 0.4, 1.0)]
    alone = np.array([fp32.encode([segment])[0].probabilities for segment in segments])
    together = np.array([heard.probabilities for heard in fp32.encode(segments, batch_size=2)])
    np.testing.assert_allclose(together, alone, atol=1e-4)


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
    assert encoder.posteriors([]).shape == (0, len(EMOTIONS))


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
    graph, *blobs = encoder_files(default_encoder_path([CPU]))
    for blob in blobs:
        (tmp_path / blob.name).write_bytes(blob.read_bytes())
    whole = graph.read_bytes()
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ModelError, match=r"broken\.onnx"):
        Encoder(broken, providers=[CPU])


def test_a_file_that_is_no_model_is_a_model_error(tmp_path: Path) -> None:
    text = tmp_path / "notes.onnx"
    text.write_text("not a graph at all\n" * 50)
    with pytest.raises(ModelError, match="not a whole ONNX model"):
        Encoder(text, providers=[CPU])
