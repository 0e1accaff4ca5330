from __future__ import annotations

import random

import pytest

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.counterfactuals import early
from tonewatch.models.reasons.phrases import PHRASES
from tonewatch.models.reasons.utterances import Stance, said, situations, utterances
from tonewatch.stream.messages import Emotion, FactsTable
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.checker.valence import valence
from tonewatch.workers.reasons.engines import tokens

pytest.importorskip("sklearn", reason="no scikit-learn: pip install 'tonewatch[train]'")

from tonewatch.models.reasons import writer
from tonewatch.models.reasons.teacher import TeacherPosterior

POSTERIOR = TeacherPosterior(0.8, {"angry": 0.7, "happy": 0.1, "sad": 0.1, "neutral": 0.1})


def test_every_reason_is_true_in_every_claim(tables: dict[str, FactsTable]) -> None:
    rng = random.Random(0)
    for table in tables.values():
        for _ in range(10):
            symbols = writer.write(table, POSTERIOR, rng)
            assert symbols is not None
            answer = parse(tokens.write(symbols, tokens.pointers_of(table)))
            assert answer is not None
            assert check(answer.reason, table).dropped == ()


def test_before_the_usual_is_known_the_reason_tells_what_the_encoder_hears(tables: dict[str, FactsTable]) -> None:
    table = early(tables["boiling"])
    for seed in range(8):
        symbols = writer.write(table, POSTERIOR, random.Random(seed))
        assert symbols is not None
        answer = parse(tokens.write(symbols, tokens.pointers_of(table)))
        assert answer is not None
        assert {claim.fact for claim in check(answer.reason, table).claims} & {"angry"}


def test_hardly_any_try_is_thrown_away(tables: dict[str, FactsTable]) -> None:
    """Were the checker blind to a phrasing, it would silently be missing from what is learned."""
    rng, kept = random.Random(1), []
    for table in tables.values():
        for _ in range(30):
            answer = parse(tokens.write(writer._symbols(table, POSTERIOR, rng), tokens.pointers_of(table)))
            assert answer is not None
            kept.append(not check(answer.reason, table).dropped)
    assert sum(kept) >= 0.9 * len(kept)


def test_reasons_over_one_table_vary(tables: dict[str, FactsTable]) -> None:
    rng = random.Random(2)
    texts = {" ".join(writer.write(tables["boiling"], POSTERIOR, rng) or ()) for _ in range(40)}
    assert len(texts) >= 36


def test_the_answer_is_what_the_facts_let_one_believe() -> None:
    shares: dict[Emotion, float] = {"angry": 0.3, "happy": 0.6, "sad": 0.05, "neutral": 0.05}
    assert (TeacherPosterior(0.9, shares).answer, TeacherPosterior(0.9, shares).label) == ("yes", "angry")
    assert (TeacherPosterior(0.1, shares).answer, TeacherPosterior(0.1, shares).label) == ("no", "happy")
    assert TeacherPosterior(0.52, shares).answer == "unsure"


def test_there_are_phrases_for_every_measurement() -> None:
    assert set(PHRASES) == set(tokens.PROSODY)


def test_utterances_are_many_and_no_situation_is_both_learned_and_tested() -> None:
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
