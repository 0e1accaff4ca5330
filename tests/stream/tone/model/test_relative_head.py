from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.errors import ModelError
from tonewatch.stream.tone.model.relative_head import (
    LEAST_BASELINE_SEGMENTS,
    RelativeHead,
    VoiceBaseline,
    inputs,
    load_head,
    packed,
    save_head,
    trust_in,
    unpacked,
    voice_baseline_of,
)

ALONE = (0.1, 0.2, 0.6, 0.1)
EVEN = [0.25, 0.25, 0.25, 0.25]


def head(size: int = 8) -> RelativeHead:
    rng = np.random.default_rng(0)
    shapes = {"hidden": (16, size + 5), "emotion": (4, 16), "degraded": (1, 16)}
    weights = {
        name: (rng.standard_normal(shape).astype(np.float32), rng.standard_normal(shape[0]).astype(np.float32))
        for name, shape in shapes.items()
    }
    return RelativeHead("abc", weights, 1.5)


def embedding(seed: int, size: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


@pytest.mark.parametrize("heard", range(LEAST_BASELINE_SEGMENTS))
def test_before_there_is_a_usual_the_segment_alone_is_the_answer(heard: int) -> None:
    baseline = voice_baseline_of([embedding(seed) for seed in range(heard)], [EVEN] * heard)
    judged = head().judge(embedding(9), ALONE, baseline)
    assert judged.posterior.tolist() == pytest.approx(list(ALONE))
    assert judged.degraded == pytest.approx(0.2)


@given(st.integers(LEAST_BASELINE_SEGMENTS, 40), st.integers(0, 1000))
def test_a_judgement_is_four_shares_and_a_chance(heard: int, seed: int) -> None:
    baseline = voice_baseline_of([embedding(seed + place) for place in range(heard)], [EVEN] * heard)
    judged = head().judge(embedding(seed - 1 if seed else 5000), ALONE, baseline)
    assert judged.posterior.sum() == pytest.approx(1.0)
    assert (judged.posterior >= 0.0).all()
    assert 0.0 <= judged.degraded <= 1.0


def test_the_order_in_which_a_usual_was_heard_does_not_matter() -> None:
    heard = [embedding(seed) for seed in range(5)]
    shares = [[0.1 * seed, 0.2, 0.5 - 0.1 * seed, 0.3] for seed in range(5)]
    forth, back = voice_baseline_of(heard, shares), voice_baseline_of(heard[::-1], shares[::-1])
    np.testing.assert_allclose(forth.embedding, back.embedding, atol=1e-6)
    np.testing.assert_allclose(forth.posterior, back.posterior, atol=1e-6)


@pytest.mark.parametrize(("place", "trusted"), [(0, False), (1, False), (2, True), (3, False)])
def test_a_usual_of_one_emotion_is_not_trusted_unless_it_is_neutral(place: int, trusted: bool) -> None:
    shares = np.full(4, 0.1 / 3.0)
    shares[place] = 0.9
    assert (trust_in(VoiceBaseline(embedding(0), shares.astype(np.float32), 8)) > 0.5) is trusted


def test_a_larger_usual_counts_for_more() -> None:
    baseline = embedding(1)
    few, many = (
        inputs(baseline, VoiceBaseline(baseline, np.full(4, 0.25, dtype=np.float32), count)) for count in (1, 99)
    )
    np.testing.assert_allclose(few[:8], baseline / 2.0, atol=1e-6)
    np.testing.assert_allclose(many[:8], baseline / 100.0, atol=1e-6)


def test_an_embedding_survives_a_segment_to_half_precision() -> None:
    sent = embedding(2, 32)
    assert len(packed(sent)) == 64
    np.testing.assert_allclose(unpacked(packed(sent)), sent, rtol=1e-3)


def test_a_head_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    save_head(head(), tmp_path / "head.npz")
    again = load_head(tmp_path / "head.npz")
    assert (again.space, again.temperature) == ("abc", 1.5)
    baseline = voice_baseline_of([embedding(seed) for seed in range(4)], [EVEN] * 4)
    assert again.judge(embedding(7), ALONE, baseline).degraded == head().judge(embedding(7), ALONE, baseline).degraded


@pytest.mark.parametrize("content", [None, b"", b"not an archive"])
def test_a_file_that_is_no_head_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "odd.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"odd\.npz"):
        load_head(path)
