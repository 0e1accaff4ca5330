from __future__ import annotations

import random

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.examples import KnownMoment, balanced, known, reward_examples, worded
from tonewatch.models.reasons.utterances import situations, utterances
from tonewatch.stream.messages import FactsTable

from .conftest import known_moment


def test_examples_are_degraded_as_often_as_not_and_a_calm_one_follows_its_own_table(
    known_moments: list[KnownMoment], tables: dict[str, FactsTable]
) -> None:
    stream = reward_examples(known_moments, random.Random(0))
    found = [next(stream) for _ in range(60)]
    assert [example.degraded for example in found] == [True, False] * 30
    calmed = [n for n, one in enumerate(found) if not one.degraded and one.facts.at_ms == tables["boiling"].at_ms]
    assert 0 < len(calmed) < 30
    assert all(found[n].facts.quotes == found[n - 1].facts.quotes for n in calmed)
    assert not any(fact.salient for n in calmed for fact in found[n].facts.facts)


def test_degraded_and_not_come_in_turn_and_moods_equally_often(tables: dict[str, FactsTable]) -> None:
    moments = [known_moment(tables["boiling"], Mood.ANGRY, True)] * 9
    moments += [known_moment(tables["sinking"], Mood.SAD, True), known_moment(tables["flat"], Mood.CALM, False)]
    stream = balanced(moments, random.Random(1))
    drawn = [next(stream) for _ in range(400)]
    assert [one.degraded for one in drawn] == [True, False] * 200
    assert 70 < sum(one.mood is Mood.SAD for one in drawn) < 130


def test_words_come_from_one_situation_of_the_right_side(known_moments: list[KnownMoment]) -> None:
    rng = random.Random(0)
    for held_out in (True, False):
        texts = {q.text for _ in range(30) for q in worded(known_moments[0].asked, rng, held_out=held_out).quotes}
        allowed = {t for s in situations(held_out=held_out) for those in utterances()[s].values() for t in those}
        assert texts
        assert texts <= allowed


def test_moments_without_a_clear_truth_are_left_out(known_moments: list[KnownMoment]) -> None:
    asked = [one.asked for one in known_moments]
    assert known(asked) == known_moments
