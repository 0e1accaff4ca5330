from __future__ import annotations

import itertools

import numpy as np
import pytest

from tonewatch.models.degradation.script import (
    AGENT,
    CALLER,
    DEGRADED,
    Deck,
    Kind,
    Script,
    lacking,
    sections,
    write,
)
from tonewatch.models.degradation.voices import Mood, Utterance, Voice


def said(mood: Mood, count: int, seconds: float = 2.0) -> tuple[Utterance, ...]:
    return tuple(Utterance(mood, f"{mood}{i}", np.zeros(int(8_000 * seconds), dtype=np.float32)) for i in range(count))


CALLER_SAYS = {mood: said(mood, 14) for mood in Mood}


def script(kind: Kind, seed: int = 0, agent: int = 9) -> Script:
    rng = np.random.default_rng(seed)
    return write(sections(kind, rng), CALLER_SAYS, said(Mood.CALM, agent), rng)


@pytest.mark.parametrize("kind", [Kind.ESCALATE, Kind.SAD, Kind.RECOVER])
@pytest.mark.parametrize("seed", range(5))
def test_the_caller_is_calm_for_long_enough_before_the_onset(kind: Kind, seed: int) -> None:
    made = script(kind, seed)
    onset_s, end_s, _ = made.stretch()
    assert onset_s is not None
    assert end_s is not None
    assert onset_s > 25.0
    assert end_s - onset_s > 10.0
    assert {one.said.mood for one in made.of(CALLER) if one.start_s < onset_s} == {Mood.CALM}


@pytest.mark.parametrize("kind", [Kind.STEADY, Kind.HAPPY])
def test_nothing_degrades_in_a_steady_or_a_happy_call(kind: Kind) -> None:
    made = script(kind)
    assert made.stretch() == (None, None, None)
    assert not DEGRADED & {one.said.mood for one in made.of(CALLER)}


def test_a_caller_who_recovers_is_calm_again_to_the_end() -> None:
    made = script(Kind.RECOVER)
    _, end_s, recovery_s = made.stretch()
    assert end_s is not None
    assert recovery_s is not None
    after = [one for one in made.of(CALLER) if one.start_s >= recovery_s]
    assert recovery_s > end_s
    assert {one.said.mood for one in after} == {Mood.CALM}
    assert after[-1].end_s - recovery_s > 15.0


def test_an_angry_start_is_degraded_from_the_callers_first_word() -> None:
    made = script(Kind.ANGRY_START)
    assert made.stretch()[0] == made.of(CALLER)[0].start_s


def test_a_noisy_call_is_now_and_then_steady() -> None:
    onsets = [script(Kind.NOISY, seed).stretch()[0] for seed in range(12)]
    assert None in onsets
    assert any(onset is not None for onset in onsets)


@pytest.mark.parametrize("kind", Kind)
def test_nobody_talks_over_himself_and_everything_lies_within_the_call(kind: Kind) -> None:
    made = script(kind)
    for channel in (CALLER, AGENT):
        placed = made.of(channel)
        assert all(one.end_s < other.start_s for one, other in itertools.pairwise(placed))
        assert placed[0].start_s >= 0.2
        assert placed[-1].end_s < made.duration_s


def test_the_two_talk_over_each_other_now_and_then() -> None:
    over = 0
    for seed in range(10):
        made = script(Kind.STEADY, seed)
        agent = made.of(AGENT)
        over += sum(a.start_s < c.end_s and a.end_s > c.start_s for a in agent for c in made.of(CALLER))
    assert 5 < over < 100


def test_no_clip_comes_again_before_all_were_heard_nor_twice_in_a_row() -> None:
    deck = Deck(said(Mood.CALM, 5), np.random.default_rng(3))
    taken = [deck.take().emotion for _ in range(15)]
    assert all(len(set(taken[i : i + 5])) == 5 for i in (0, 5, 10))
    assert all(one != other for one, other in itertools.pairwise(taken))
    assert (deck.fresh, deck.reused) == (0, 10)


def test_reuse_is_counted_where_a_voice_has_few_clips() -> None:
    rng = np.random.default_rng(0)
    few = {**CALLER_SAYS, Mood.CALM: said(Mood.CALM, 4)}
    assert write(sections(Kind.STEADY, rng), few, (), rng).reused > 3
    assert script(Kind.ESCALATE).reused <= 3


def test_without_an_agent_the_caller_speaks_alone() -> None:
    assert script(Kind.STEADY, agent=0).of(AGENT) == []


def test_a_voice_that_lacks_a_mood_is_not_asked_for_it() -> None:
    voice = Voice("s", "made", {Mood.CALM: (), Mood.ANGRY: ()})
    assert lacking(Kind.STEADY, voice) == [Mood.CALM]
    assert lacking(Kind.HAPPY, voice) == [Mood.CALM, Mood.HAPPY]
    assert lacking(Kind.NOISY, voice) == [Mood.ANGRY, Mood.CALM]
