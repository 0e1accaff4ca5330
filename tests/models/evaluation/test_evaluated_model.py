from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.evaluation.evaluate_command import open_encoder
from tonewatch.models.evaluation.evaluated_model import (
    ALONE,
    Descriptions,
    EncoderWithHead,
    EvaluatedModel,
    against_baseline,
    encoder_index,
    encoder_model,
)
from tonewatch.models.shipped import shipped_encoders, voice_like
from tonewatch.stream.tone.model.relative_head import VoiceBaseline
from tonewatch.workers.encoder import CPU, Encoder, WeightsSet, default_encoder_path

HIGH, LOW = voice_like(1.0, 260.0), voice_like(1.0, 110.0)


@pytest.fixture(scope="module")
def full() -> EncoderWithHead:
    return open_encoder(default_encoder_path([CPU]))


@pytest.fixture(scope="module")
def commercial() -> EncoderWithHead:
    return open_encoder(default_encoder_path([CPU], WeightsSet.COMMERCIAL))


def rows_of(model: EvaluatedModel, speaker: str, *pitches_hz: float) -> Descriptions:
    return np.concatenate([model.describe([voice_like(1.0, f0_hz)], speaker) for f0_hz in pitches_hz])


def test_the_products_own_reading_knows_the_speaker_and_each_clip_alone_stands_beside_it(full: EncoderWithHead) -> None:
    model = encoder_model(full)
    assert [one.knows_speaker for one in model.readings] == [True, False]
    assert model.readings[1] is ALONE


def test_a_description_begins_with_the_posterior_alone(full: EncoderWithHead) -> None:
    model = encoder_model(full)
    rows = model.describe([HIGH, LOW], "")
    posteriors = ALONE.read(rows, ["", ""])
    assert posteriors == pytest.approx(np.array(full.encoder.posteriors([HIGH, LOW])))


def test_few_clips_of_a_voice_and_unknown_voices_keep_their_posteriors(full: EncoderWithHead) -> None:
    rows = rows_of(encoder_model(full), "", 110.0, 150.0, 190.0, 230.0, 270.0)
    for voices in ([""] * 5, ["a", "a", "a", "b", "b"]):
        assert against_baseline(rows, voices, [full.head]) == pytest.approx(ALONE.read(rows, voices))


def test_the_baseline_of_a_clip_is_made_of_the_other_clips_of_its_voice(full: EncoderWithHead) -> None:
    rows = rows_of(encoder_model(full), "a", 110.0, 150.0, 190.0, 230.0)
    rows[:, :4] = [0.1, 0.1, 0.7, 0.1]  # a baseline that is trusted
    found = against_baseline(rows, ["a"] * 4, [full.head])[3]
    baseline = VoiceBaseline(rows[:3, 6:].mean(0).astype(np.float32), rows[:3, :4].mean(0).astype(np.float32), 3)
    wanted = full.head.judge(rows[3, 6:].astype(np.float32), rows[3, :4].tolist(), baseline).posterior
    assert found == pytest.approx(wanted, abs=1e-6)
    assert found != pytest.approx(rows[3, :4], abs=1e-3)
    assert found.sum() == pytest.approx(1.0)


def test_a_speaker_of_a_fold_is_described_by_the_encoder_of_that_fold(
    full: EncoderWithHead, commercial: EncoderWithHead
) -> None:
    model = encoder_model(full, {"anna": commercial})
    rows = np.concatenate([model.describe([HIGH], speaker) for speaker in ("anna", "bert")])
    wanted = [one.encoder.posteriors([HIGH])[0] for one in (commercial, full)]
    assert ALONE.read(rows, ["", ""]) == pytest.approx(np.array(wanted))
    assert encoder_index(rows).tolist() == [1, 0]


def test_the_model_abstains_where_its_encoder_does(full: EncoderWithHead) -> None:
    model = encoder_model(full)
    sounds = [HIGH, LOW, np.sin(np.arange(16_000) * 0.4).astype(np.float32)]
    rows = model.describe(sounds, "")
    assert model.uncertainties(rows).tolist() == [output.abstains for output in full.encoder.hear(sounds)]


def test_an_encoder_file_names_the_corpora_of_its_training() -> None:
    assert all(Encoder(path, providers=[CPU]).card.data for path in shipped_encoders())
