"""How what the words speak of counts beside the voice."""

from __future__ import annotations

from typing import Any

from tonewatch.models.reasons.utterances import Stance, situations, utterances
from tonewatch.stream.messages import ModelRef, Posterior, Prosody, Tone, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.word_evidence import LEAST_NATS, MOST_NATS, NATS, nats, spoken_of
from tonewatch.stream.tone.state import CallMemory

Calls = Any
UNSURE = (
    Posterior(angry=0.3, happy=0.05, neutral=0.5, sad=0.15),
    Prosody(f0_median_st=13.0, f0_range_st=6.5, level_db=-24.0, tilt_db=-13.0, rate_syl_per_s=4.4, stress_per_s=0.9),
)


def test_plain_sentences_of_callers_speak_of_nothing_and_a_third_of_the_cross_ones_of_something() -> None:
    """Over the sentences of the three situations that the patterns were not written by."""
    found = {
        stance: [
            bool(spoken_of(line, "en")) for name in situations(held_out=True) for line in utterances()[name][stance]
        ]
        for stance in (Stance.PLAIN, Stance.CROSS, Stance.LOW, Stance.PLEASED)
    }
    assert not any(found[Stance.PLAIN])
    assert all(sum(found[stance]) >= 0.25 * len(found[stance]) for stance in found if stance is not Stance.PLAIN)


def test_one_segments_words_are_bounded_both_ways() -> None:
    assert nats(tuple(topic for topic in NATS if NATS[topic] > 0)) == MOST_NATS < ToneConfig().most_nats
    assert nats(("relief",)) >= LEAST_NATS


def words(calls: Calls, index: int, text: str, confidence: float = 0.9) -> Words:
    segment = calls.segment(index, calls.STEADY)
    return Words(
        call_id="c",
        segment_id=segment.segment_id,
        channel=0,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        text=text,
        confidence=confidence,
        model=ModelRef(name="m", version="1"),
    )


def probabilities(calls: Calls, said: dict[int, str], kind: object, config: ToneConfig | None = None) -> list[float]:
    """The probability of a degraded tone after each of six segments that follow six calm ones."""
    memory, found = CallMemory(told=True), []
    for index in range(12):
        calls.run([calls.segment(index, calls.STEADY if index < 6 else kind)], memory, config)
        if index in said:
            calls.run([words(calls, index, said[index])], memory, config)
        found.append(memory.detector.probability or 0.0)
    return found[6:]


def test_words_count_at_the_next_segment_and_hasten_what_an_unsure_voice_says(calls: Calls) -> None:
    without = probabilities(calls, {}, UNSURE)
    heard = probabilities(calls, {7: "This is the third time, I will cancel my contract!"}, UNSURE)
    assert heard[:2] == without[:2]
    assert heard[2] > without[2]


def test_relief_speaks_against_a_degraded_tone(calls: Calls) -> None:
    relieved = probabilities(calls, {7: "That's great, thank you so much."}, UNSURE)
    assert relieved[2] < probabilities(calls, {}, UNSURE)[2]


def test_words_alone_raise_nothing_where_the_voice_is_calm(calls: Calls) -> None:
    furious = dict.fromkeys(range(6, 12), "This is unacceptable, the third time, I will cancel my contract, damn it!")
    assert max(probabilities(calls, furious, calls.STEADY)) < 0.5


def test_words_that_are_unsure_late_or_switched_off_are_no_evidence(calls: Calls) -> None:
    text = "I will cancel my contract!"
    without = probabilities(calls, {}, UNSURE)
    assert probabilities(calls, {7: text}, UNSURE, ToneConfig(words_weight=0.0)) == without
    unsure, late = CallMemory(told=True), CallMemory(told=True)
    calls.run([*(calls.segment(i, calls.STEADY) for i in range(6)), words(calls, 5, text, 0.3)], unsure)
    calls.run([*(calls.segment(i, calls.STEADY) for i in range(7)), words(calls, 5, text)], late)
    assert (unsure.detector.spoken, late.detector.spoken) == ([], [])
    assert len(late.moments.quotes) == 1


def test_an_alert_names_what_the_words_spoke_of_and_quotes_the_phrase_that_says_it(calls: Calls) -> None:
    messages = [calls.segment(i, calls.STEADY) for i in range(6)]
    messages += [calls.segment(6, UNSURE), words(calls, 6, "I cancel my contract, idiots!"), calls.segment(7, UNSURE)]
    messages += [calls.segment(i, calls.SHOUTING) for i in range(8, 10)]
    alert = next(a for a in calls.alerts(calls.run(messages)) if a.state == "firing")
    assert [(said.of, said.nats) for said in alert.facts.words] == [("leaving", 1.0), ("swearing", 1.0)]
    assert 'threatens to leave ("I cancel my contract, idiots") and swears' in alert.sentence
    assert alert.onset_ms == 24_000


def test_the_tone_itself_is_that_of_the_voice(calls: Calls) -> None:
    calm = [calls.segment(i, calls.STEADY) for i in range(8)]
    spoken = [*calm[:7], words(calls, 6, "I cancel my contract!"), calm[7]]
    tones = [[o.tone for o in calls.run(messages) if isinstance(o, Tone)] for messages in (calm, spoken)]
    assert tones[0] == tones[1]
