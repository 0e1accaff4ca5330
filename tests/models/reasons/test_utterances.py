from __future__ import annotations

import random

import pytest

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.utterances import Stance, said, situations, utterances
from tonewatch.workers.reasons.checker.valence import valence


def test_utterances_are_many_and_no_situation_is_both_trained_and_tested() -> None:
    texts = [t for stances in utterances().values() for those in stances.values() for t in those]
    assert len(texts) >= 400
    assert len(set(texts)) >= 0.98 * len(texts)
    assert not set(situations(held_out=True)) & set(situations(held_out=False))
    assert all(set(stances) == set(Stance) for stances in utterances().values())


@pytest.mark.parametrize(
    ("stance", "sign"), [(Stance.CROSS, -1), (Stance.LOW, -1), (Stance.PLEASED, 1), (Stance.WRY, 1)]
)
def test_words_point_the_way_their_stance_says_more_often_than_the_other(stance: Stance, sign: int) -> None:
    """Wry thanks are thanks, as far as words alone go."""
    points = [sign * valence(text) for stances in utterances().values() for text in stances[stance]]
    assert sum(p > 0 for p in points) > 2 * sum(p < 0 for p in points)


def test_a_mood_says_one_utterance_for_each_stretch_and_now_and_then_none() -> None:
    rng = random.Random(3)
    drawn = [said([Mood.ANGRY, Mood.CALM], [0, 4000], "billing", rng) for _ in range(60)]
    assert {len(quotes) for quotes in drawn} <= {0, 1, 2}
    assert 0 < sum(not quotes for quotes in drawn) < 30
