"""What the facts decide alone, and what a model's answer may decide against them."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import Emotion, Fact, FactsTable, Posterior, Quote
from tonewatch.workers.reasons.answer import Answer
from tonewatch.workers.reasons.decide import from_answer, from_facts, label_of, negative_facts

from ..claims import TABLES

EARLY = msgspec.structs.replace(
    TABLES["boiling"],
    facts=(),
    posterior_baseline=None,
    posterior=Posterior(angry=0.5, happy=0.1, neutral=0.3, sad=0.1),
)
"""Before the caller's baseline is known."""


def answer(label: Emotion, degraded: bool | None) -> Answer:
    return Answer("Louder.", label, degraded, 0.8)


@pytest.mark.parametrize(
    ("table", "decision"),
    [
        ("boiling", "confirm"),
        ("sinking", "confirm"),
        ("cold", "confirm"),
        ("delighted", "abstain"),
        ("flat", "abstain"),
        ("noisy", "abstain"),
    ],
)
def test_the_facts_alone_confirm_where_voice_and_posterior_agree(table: str, decision: str) -> None:
    assert from_facts(TABLES[table]) == decision


def test_an_aroused_voice_is_not_negative_in_a_happy_caller() -> None:
    assert negative_facts(TABLES["delighted"]) == ()
    assert {fact.name for fact in negative_facts(TABLES["boiling"])} >= {"level", "pitch", "angry"}


def test_a_fact_that_is_not_trusted_or_does_not_stand_out_is_not_negative() -> None:
    facts = TABLES["boiling"]
    for change in ({"confidence": 0.1}, {"salient": False}):
        weak = tuple(msgspec.structs.replace(fact, **change) for fact in facts.facts)
        assert negative_facts(msgspec.structs.replace(facts, facts=weak)) == ()


@pytest.mark.parametrize(
    ("table", "degraded", "decision"),
    [
        (TABLES["boiling"], True, "confirm"),
        (TABLES["boiling"], False, None),
        (TABLES["boiling"], None, "abstain"),
        (TABLES["flat"], True, None),
        (TABLES["flat"], False, "withdraw"),
        (EARLY, True, "confirm"),
        (EARLY, False, "withdraw"),
    ],
)
def test_an_answer_decides_as_far_as_the_measurements_allow(
    table: FactsTable, degraded: bool | None, decision: str | None
) -> None:
    assert from_answer(answer("angry", degraded), table) == decision


def test_without_a_baseline_a_calm_posterior_confirms_nothing() -> None:
    calm = msgspec.structs.replace(EARLY, posterior=Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1))
    assert from_answer(answer("angry", True), calm) is None


def test_the_label_is_the_likeliest_emotion_and_neutral_without_a_posterior() -> None:
    assert label_of(EARLY) == ("angry", 0.5)
    assert label_of(msgspec.structs.replace(EARLY, posterior=None)) == ("neutral", 0.0)


def fact(name: str, value: float, baseline: float, unit: str, z: float) -> Fact:
    salient = abs(z) >= 1.5
    return Fact(
        name=name,
        value=value,
        baseline=baseline,
        unit=unit,
        delta=value - baseline,
        z=z,
        salient=salient,
        confidence=1.0,
    )


def eased(angry: float, sad: float, usual_sad: float) -> FactsTable:
    """Anger was 90 % at the moment before; the voice is subdued."""
    return msgspec.structs.replace(
        TABLES["flat"],
        facts=(
            fact("level", -28.0, -20.0, "dB", -3.0),
            fact("sad", sad, usual_sad, "share", 2.0 if sad - usual_sad > 0.15 else 0.2),
            fact("angry", angry, 0.05, "share", 0.1),
        ),
        posterior=Posterior(angry=angry, happy=0.1, neutral=0.9 - angry - sad, sad=sad),
        posterior_baseline=Posterior(angry=0.05, happy=0.1, neutral=0.85 - usual_sad, sad=usual_sad),
        since_ms=40_000,
        posterior_since=Posterior(angry=0.9, happy=0.04, neutral=0.04, sad=0.02),
    )


def test_no_is_open_to_a_model_where_anger_and_sadness_together_are_heard_less_than_before() -> None:
    table = eased(angry=0.06, sad=0.32, usual_sad=0.1)
    assert from_facts(table) == "confirm"
    assert from_answer(answer("neutral", False), table) == "withdraw"


def test_no_is_refused_where_another_degraded_emotion_took_over_or_the_first_is_still_there() -> None:
    assert from_answer(answer("neutral", False), eased(angry=0.06, sad=0.6, usual_sad=0.1)) is None
    hardly = msgspec.structs.replace(
        eased(angry=0.06, sad=0.32, usual_sad=0.1),
        posterior_since=Posterior(angry=0.3, happy=0.3, neutral=0.3, sad=0.1),
    )
    assert from_answer(answer("neutral", False), hardly) is None


def said(*texts: str, confidence: float = 0.9) -> FactsTable:
    quotes = tuple(Quote(segment_id="s", start_ms=52_000, text=text, confidence=confidence) for text in texts)
    return msgspec.structs.replace(TABLES["flat"], quotes=quotes)


@pytest.mark.parametrize("text", ["if this is not solved I will cancel my contract", "I want to speak to your manager"])
def test_words_alone_carry_a_yes_of_a_model_that_reads_them(text: str) -> None:
    reads = Answer("Louder.", "angry", True, 0.6, reads=True)
    assert from_answer(reads, said(text)) == "confirm"
    assert from_answer(answer("angry", True), said(text)) is None


@pytest.mark.parametrize(
    "table",
    [
        said("the washing machine does not spin"),
        said("I want to speak to your manager", confidence=0.3),
        said("I want to speak to your manager", "to say thank you so much, that was wonderful"),
    ],
)
def test_a_named_trouble_unsure_words_and_thanks_beside_them_carry_none(table: FactsTable) -> None:
    assert from_answer(Answer("Louder.", "angry", True, 0.6, reads=True), table) is None


@pytest.mark.parametrize(
    ("praise", "carried"),
    [
        ("great, another bill with mistakes", True),
        ("thanks for nothing", True),
        ("thank you so much, that was wonderful", False),
        ("Thanks for nothing. Thank you so much for the new part, that was wonderful.", False),
    ],
)
def test_praise_as_nobody_means_it_takes_no_yes_from_the_words(praise: str, carried: bool) -> None:
    table = said("I want to speak to your manager", praise)
    decided = from_answer(Answer("Louder.", "angry", True, 0.6, reads=True), table)
    assert decided == ("confirm" if carried else None)
