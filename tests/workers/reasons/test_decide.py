"""What the facts decide alone, and what a model's answer may decide against them."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import Emotion, FactsTable, Posterior
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
