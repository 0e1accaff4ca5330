"""A statement against the facts, at the bounds of its tolerance."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import FactsTable, Posterior
from tonewatch.workers.reasons.checker.claims import read
from tonewatch.workers.reasons.checker.verdicts import TALK_OVER_MS, fact_of, share_of, verify

from ...claims import TABLES

BOILING = TABLES["boiling"]


def verdict(sentence: str, facts: FactsTable = BOILING, kind: str = "") -> str:
    """Of the first claim of that kind, or of the first at all."""
    return next(verify(one, facts).verdict for one in read(sentence) if not kind or one.kind == kind)


def with_fact(name: str, **values: object) -> FactsTable:
    facts = tuple(msgspec.structs.replace(f, **values) if f.name == name else f for f in BOILING.facts)
    return msgspec.structs.replace(BOILING, facts=facts)


@pytest.mark.parametrize(
    ("z", "sentence", "expected"),
    [
        (0.6, "Louder.", "false"),
        (1.0, "Louder.", "true"),
        (0.6, "Slightly louder.", "true"),
        (1.9, "Much louder.", "false"),
        (2.0, "Much louder.", "true"),
        (0.9, "The loudness is unchanged.", "true"),
        (1.0, "The loudness is unchanged.", "false"),
        (1.0, "The loudness changed.", "true"),
    ],
)
def test_a_direction_needs_as_many_deviations_as_its_words_say(z: float, sentence: str, expected: str) -> None:
    assert verdict(sentence, with_fact("level", z=z, salient=False)) == expected


@pytest.mark.parametrize(("sure", "expected"), [(0.29, "unsupported"), (0.3, "true")])
def test_a_fact_under_the_least_confidence_supports_nothing(sure: float, expected: str) -> None:
    facts = with_fact("level", confidence=sure)
    assert verdict("Louder.", facts) == expected
    assert (fact_of(facts, "level") is None) == (expected == "unsupported")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The tone fell.", "true"),
        ("The tone rose.", "false"),
        ("The tone is unchanged.", "false"),
        ("The tone fell to -0.62.", "true"),
        ("The tone fell to -0.55.", "false"),
    ],
)
def test_a_tone_is_held_to_its_own_tolerance(sentence: str, expected: str) -> None:
    found = [verify(one, BOILING).verdict for one in read(sentence)]
    assert found[-1] == expected


@pytest.mark.parametrize(
    ("angry", "sentence", "expected"),
    [
        (0.51, "The caller sounds angry.", "true"),
        (0.41, "The caller sounds angry.", "true"),
        (0.39, "The caller sounds angry.", "false"),
        (0.21, "The caller sounds a little angry.", "true"),
        (0.69, "The caller sounds furious.", "false"),
        (0.71, "The caller sounds furious.", "true"),
    ],
)
def test_an_emotion_is_there_from_its_share_on(angry: float, sentence: str, expected: str) -> None:
    rest = (1 - angry) / 3
    posterior = Posterior(angry=angry, happy=rest, neutral=rest, sad=rest)
    facts = msgspec.structs.replace(BOILING, facts=(), posterior=posterior, posterior_baseline=None)
    assert verdict(sentence, facts, "emotion") == expected


def test_a_comparison_of_emotions_needs_a_baseline() -> None:
    early = msgspec.structs.replace(BOILING, facts=(), posterior_baseline=None)
    assert verdict("The caller sounds angrier.", early) == "unsupported"
    assert verdict("The caller sounds angrier.") == "true"
    assert (
        verdict("Louder than usual.", msgspec.structs.replace(BOILING, baseline_segments=0), "comparison")
        == "unsupported"
    )


@pytest.mark.parametrize(("ms", "expected"), [(TALK_OVER_MS - 1, "false"), (TALK_OVER_MS, "true")])
def test_talking_over_is_there_from_its_least_length(ms: int, expected: str) -> None:
    assert verdict("Both talk at once.", msgspec.structs.replace(BOILING, talk_over_ms=ms)) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("150 % louder.", "unsupported"), ("Pitch at 300 dB.", "unsupported"), ("Louder by 700 dB.", "false")],
)
def test_a_unit_that_the_fact_has_not_decides_nothing(sentence: str, expected: str) -> None:
    assert verdict(sentence, kind="amount") == expected


@pytest.mark.parametrize(("octaves", "expected"), [(0, "true"), (1, "false")])
def test_a_pitch_may_be_told_in_hz(octaves: int, expected: str) -> None:
    pitch = fact_of(BOILING, "pitch")
    assert pitch is not None
    assert verdict(f"The pitch is at {55 * 2 ** (pitch.value / 12 + octaves):.0f} Hz.", kind="amount") == expected


def test_a_share_comes_from_the_fact_and_else_from_the_posterior() -> None:
    angry = fact_of(BOILING, "angry")
    assert angry is not None
    assert (share_of(BOILING, "angry"), share_of(BOILING, "angry", baseline=True)) == (angry.value, angry.baseline)
    bare = msgspec.structs.replace(BOILING, facts=())
    assert bare.posterior is not None
    assert share_of(bare, "sad") == bare.posterior.sad
    assert share_of(msgspec.structs.replace(bare, posterior=None), "sad") is None


def test_a_claim_names_the_fact_that_it_was_held_against() -> None:
    claim = verify(read("Louder.")[0], BOILING)
    assert (claim.fact, claim.kind, claim.text) == ("level", "direction", "louder")
