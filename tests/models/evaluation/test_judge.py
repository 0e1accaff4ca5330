from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tonewatch.models.evaluation.judge import (
    OWN_USUAL,
    SHRINKAGE,
    clip_alone,
    encoder_judge,
    own_usual,
)
from tonewatch.models.shipped import shipped_encoders, voice_like
from tonewatch.workers.encoder import CPU, Encoder, default_encoder_path

shares = arrays(np.float64, (9, 4), elements=st.floats(0.01, 1.0)).map(lambda rows: rows / rows.sum(1, keepdims=True))


def test_alone_the_posteriors_stay_as_they_are() -> None:
    rows = np.array([[0.7, 0.1, 0.1, 0.1]])
    assert clip_alone(rows, ["a"]) is rows


@given(shares)
def test_a_voice_heard_once_and_a_voice_nobody_knows_keep_their_posteriors(rows: np.ndarray) -> None:
    voices = [f"s{place}" for place in range(5)] + [""] * 4
    assert own_usual(rows, voices) == pytest.approx(rows)


@given(shares)
def test_posteriors_against_the_usual_still_add_up_to_one(rows: np.ndarray) -> None:
    assert own_usual(rows, ["a", "b", "c"] * 3).sum(1) == pytest.approx(np.ones(9))


def test_what_a_speaker_always_sounds_like_is_taken_away() -> None:
    leaning = np.array([[0.7, 0.1, 0.1, 0.1]] * 400 + [[0.4, 0.1, 0.1, 0.4]])
    assert clip_alone(leaning, ["a"] * 401).argmax(1)[-1] == 0
    assert own_usual(leaning, ["a"] * 401).argmax(1)[-1] == 3


def test_the_clip_itself_is_no_part_of_its_usual() -> None:
    rows = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1]])
    logs = np.log(rows) - np.log(rows).mean(1, keepdims=True)
    wanted = np.exp(logs[0] - logs[1] / (1.0 + SHRINKAGE))
    assert own_usual(rows, ["a", "a"])[0] == pytest.approx(wanted / wanted.sum())


def test_only_the_reading_that_knows_the_speaker_says_so() -> None:
    judge = encoder_judge(Encoder(default_encoder_path([CPU]), providers=[CPU]))
    assert [one.knows_speaker for one in judge.readings] == [False, True]
    assert judge.readings[1] is OWN_USUAL


def test_the_encoder_describes_each_piece_by_its_posterior() -> None:
    judge = encoder_judge(Encoder(default_encoder_path([CPU]), providers=[CPU]))
    rows = judge.describe([voice_like(1.0, 120.0), voice_like(2.0, 220.0)])
    assert rows.shape == (2, len(judge.classes))
    assert rows.sum(1) == pytest.approx(np.ones(2))


def test_an_encoder_file_tells_whose_voices_it_heard() -> None:
    assert all(Encoder(path, providers=[CPU]).card.data for path in shipped_encoders())
