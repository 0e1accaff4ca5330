"""What an alert needs before it asks somebody to act."""

from __future__ import annotations

import pytest

from tonewatch.stream.messages import Fact, FactsTable, Posterior, Said
from tonewatch.stream.tone.alerts.proof import is_proven

ANGRY = Posterior(angry=0.8, happy=0.1, neutral=0.05, sad=0.05)
SAD = Posterior(angry=0.05, happy=0.05, neutral=0.1, sad=0.8)


def fact(name: str, delta: float, *, salient: bool = True, confidence: float = 1.0) -> Fact:
    return Fact(
        name=name, value=delta, baseline=0.0, unit="st", delta=delta, z=2.0, salient=salient, confidence=confidence
    )


def facts(posterior: Posterior, *those: Fact, said: bool = False, overload_share: float = 0.0) -> FactsTable:
    words = (Said(segment_id="s", start_ms=0, of="complaint", nats=0.6),) if said else ()
    return FactsTable(
        at_ms=9_000,
        window_start_ms=5_000,
        window_end_ms=9_000,
        baseline_segments=6,
        tone=-0.9,
        tone_before=0.3,
        facts=those,
        posterior=posterior,
        posterior_baseline=None,
        words=words,
        overload_share=overload_share,
    )


def test_what_the_model_hears_is_no_proof() -> None:
    assert not is_proven(facts(ANGRY))
    assert not is_proven(facts(SAD))


def test_words_are_a_proof() -> None:
    assert is_proven(facts(ANGRY, said=True))


def test_a_raised_voice_is_louder_and_something_else() -> None:
    assert is_proven(facts(ANGRY, fact("level", 6.0), fact("effort", 5.0)))
    assert not is_proven(facts(ANGRY, fact("level", 6.0)))
    assert not is_proven(facts(ANGRY, fact("pitch", 5.0), fact("effort", 5.0)))


def test_a_line_that_overloads_stands_for_a_level_that_cannot_be_measured() -> None:
    assert is_proven(facts(ANGRY, fact("rate", 1.5), overload_share=0.1))


def test_two_measures_of_a_sinking_voice_prove_distress_and_a_rising_one_does_not() -> None:
    assert is_proven(facts(SAD, fact("rate", -1.5), fact("pauses", 0.3)))
    assert not is_proven(facts(SAD, fact("pitch", 6.0), fact("effort", 8.0)))


@pytest.mark.parametrize("weak", [{"salient": False}, {"confidence": 0.1}])
def test_measurements_that_do_not_stand_out_or_are_unsure_prove_nothing(weak: dict[str, float]) -> None:
    assert not is_proven(facts(ANGRY, fact("level", 6.0), fact("effort", 5.0, **weak)))  # type: ignore[arg-type]
