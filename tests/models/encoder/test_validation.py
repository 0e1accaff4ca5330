from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.corpora import EMOTIONS, EMOTIONS8, Clip  # noqa: E402
from tonewatch.models.encoder.features import FeatureStore  # noqa: E402
from tonewatch.models.encoder.network import Answers  # noqa: E402
from tonewatch.models.encoder.validation import (  # noqa: E402
    BASELINES,
    LINES,
    Fold,
    RelativeAnswers,
    Validation,
    fit,
    four_of,
    joined,
    report_of,
    summary,
)

pytestmark = pytest.mark.train

WORDS = ("angry", "happy", "neutral", "sad", "fearful")
CLIPS = [
    Clip(Path("x"), corpus, f"{corpus}{n % 4}", "", word, word if word in EMOTIONS else "", "", "", 1.0, emotion8=word)
    for corpus in ("one", "two")
    for n, word in enumerate(WORDS * 8)
]
STORE = FeatureStore(
    np.zeros((0, 4), dtype=np.float16), torch.zeros(0), np.full(2 * len(CLIPS), 100, dtype=np.int64), len(CLIPS)
)


def logits(clips: list[Clip], classes: tuple[str, ...], seed: int, sure: float) -> np.ndarray:
    """Mostly the right class; anything for a clip without one."""
    rng = np.random.default_rng(seed)
    right = np.array([[float(clip.emotion8 == name) for name in classes] for clip in clips])
    return sure * right + rng.standard_normal(right.shape)


def fold(indices: np.ndarray, sure: float = 2.0) -> Fold:
    clips = [CLIPS[index] for index in indices]
    distance = np.ones(len(clips))
    four, eight = logits(clips, EMOTIONS, 0, sure), logits(clips, EMOTIONS8, 1, sure)
    relative = RelativeAnswers(2.0 * four, 2.0 * eight, np.ones(len(clips)))
    noises = Answers({"emotion": np.zeros((6, 4)), "eight": np.zeros((6, 8))}, np.full(6, 9.0))
    return Fold(
        indices,
        dict.fromkeys(LINES, Answers({"emotion": four, "eight": eight}, distance)),
        {(line, kind): relative for line in LINES for kind in BASELINES},
        noises,
    )


@pytest.fixture(scope="module")
def validation() -> Validation:
    return joined([fold(np.arange(0, len(CLIPS), 2)), fold(np.arange(1, len(CLIPS), 2))])


def test_folds_in_any_order_give_the_answers_in_the_order_of_the_clips(validation: Validation) -> None:
    even, odd = fold(np.arange(0, len(CLIPS), 2)), fold(np.arange(1, len(CLIPS), 2))
    for found in (validation, joined([odd, even])):
        assert np.array_equal(found.speech["plain"].logits["emotion"][::2], even.speech["plain"].logits["emotion"])
        assert np.array_equal(found.relative["plain", "calm"].eight[1::2], odd.relative["plain", "calm"].eight)
    assert validation.noises.distance.size == 12


def test_only_clips_with_one_of_the_four_emotions_are_fitted_on() -> None:
    four, labels = four_of(CLIPS)
    assert four.size == labels.size == 64
    assert {CLIPS[index].emotion4 for index in four} == set(EMOTIONS)


def test_answers_that_are_too_sure_are_softened(validation: Validation) -> None:
    fitted = fit(CLIPS, STORE, validation)
    doubled = {
        line: replace(answers, logits={name: 2.0 * value for name, value in answers.logits.items()})
        for line, answers in validation.speech.items()
    }
    again = fit(CLIPS, STORE, replace(validation, speech=doubled))
    at = np.array([2.0])
    assert again.calibration.temperature(at) == pytest.approx(2.0 * fitted.calibration.temperature(at), rel=0.01)


def test_every_row_has_metrics_of_every_corpus_and_a_line_in_the_summary(validation: Validation) -> None:
    table = report_of(CLIPS, STORE, validation, fit(CLIPS, STORE, validation))
    assert list(table) == [
        *("plain, alone", "plain, mixed baseline", "plain, calm baseline"),
        *("random, alone", "random, mixed baseline", "random, calm baseline"),
        *("eight, plain, alone", "eight, plain, mixed baseline", "eight, plain, calm baseline"),
    ]
    assert all(set(row) == {"one", "two"} for row in table.values())
    recall = table["plain, alone"]["one"]["unweighted_recall"]
    assert isinstance(recall, float) and recall > 0.5
    assert len(summary(table).splitlines()) == 18
