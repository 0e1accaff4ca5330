from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.stream.messages import Fact, FactsTable, MomentKind, Posterior, Said
from tonewatch.stream.tone.sentence import reason, sentence, since_last
from tonewatch.workers.reasons.checker.check import check

UNITS = {
    "pitch": "st",
    "pitch_range": "st",
    "level": "dB",
    "effort": "dB",
    "rate": "syl/s",
    "pauses": "share",
    "stress": "per_s",
    "angry": "share",
    "happy": "share",
    "sad": "share",
}
RANGES = {"st": (0.0, 36.0), "dB": (-60.0, 0.0), "syl/s": (0.5, 9.0), "share": (0.0, 1.0), "per_s": (0.0, 4.0)}


def fact(name: str, value: float, baseline: float, z: float, *, salient: bool = True, confidence: float = 1.0) -> Fact:
    return Fact(
        name=name,
        value=value,
        baseline=baseline,
        unit=UNITS[name],
        delta=value - baseline,
        z=z,
        salient=salient,
        confidence=confidence,
    )


def table(*facts: Fact, tone: float = -0.6, before: float = 0.1) -> FactsTable:
    return FactsTable(
        at_ms=60_000,
        window_start_ms=50_000,
        window_end_ms=60_000,
        baseline_segments=9,
        tone=tone,
        tone_before=before,
        facts=facts,
        posterior=None,
        posterior_baseline=None,
    )


@st.composite
def tables(draw: st.DrawFn) -> FactsTable:
    facts = []
    for name in draw(st.lists(st.sampled_from(sorted(UNITS)), unique=True)):
        numbers = st.floats(*RANGES[UNITS[name]])
        value, baseline = draw(numbers), draw(numbers)
        z = draw(st.floats(0.0, 20.0)) * (1 if value >= baseline else -1)
        confidence = draw(st.floats(0.0, 1.0))
        facts.append(fact(name, value, baseline, z, salient=abs(z) >= 2, confidence=confidence))
    tones = st.floats(-1.0, 1.0)
    drawn = table(*facts, tone=draw(tones), before=draw(tones))
    since = st.one_of(st.none(), st.tuples(st.just(20_000), tones))
    since_ms, tone_since = draw(since) or (None, None)
    return msgspec.structs.replace(
        drawn,
        posterior=draw(posteriors()),
        posterior_baseline=draw(st.one_of(st.none(), posteriors())),
        words=tuple(draw(st.lists(st.sampled_from(SAID), max_size=2))),
        since_ms=since_ms,
        tone_since=tone_since,
    )


@st.composite
def posteriors(draw: st.DrawFn) -> Posterior:
    weights = draw(st.tuples(*[st.floats(0.01, 1.0)] * 4))
    return Posterior.of(weight / sum(weights) for weight in weights)


SAID = [
    Said(segment_id="c/0/1", start_ms=55_000, of="leaving", nats=1.0),
    Said(segment_id="c/0/2", start_ms=56_000, of="relief", nats=-0.8),
]
AGAINST_AN_ONSET = re.compile(r"tone rose|steady|less angry|less sad|happy|happier|relief")


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from(["onset", "update", "recovery"]))
def test_every_claim_of_a_sentence_agrees_with_its_table(facts: FactsTable, kind: MomentKind) -> None:
    voice = msgspec.structs.replace(facts, words=(), since_ms=None)  # What words speak of is no measurement.
    text = sentence(voice, kind)
    checked = check(text, voice)
    assert [claim for claim in checked.claims if claim.verdict != "true"] == []
    assert checked.claims and checked.dropped == () and checked.kept_text == text


@settings(max_examples=400, deadline=None)
@given(tables())
def test_no_onset_is_told_of_by_what_speaks_against_it(facts: FactsTable) -> None:
    text = sentence(facts, "onset")
    assert text and not AGAINST_AN_ONSET.search(text.lower().replace("less happy", ""))
    assert "tone rose" not in reason(facts, text, "onset")


def posterior(angry: float, sad: float) -> Posterior:
    return Posterior(angry=angry, happy=0.05, neutral=round(0.95 - angry - sad, 2), sad=sad)


@pytest.mark.parametrize(
    ("now", "usual", "told"),
    [
        (posterior(0.32, 0.1), posterior(0.1, 0.1), "Sounding angrier to the model (32 %, usually 10 %); the tone is"),
        (posterior(0.1, 0.6), posterior(0.2, 0.2), "Sounding sad to the model (60 %, usually 20 %); the tone is"),
        (posterior(0.6, 0.1), None, "Sounding angry to the model; the tone is"),
        (posterior(0.2, 0.1), posterior(0.4, 0.1), "The tone is"),
    ],
)
def test_an_onset_without_a_fact_that_speaks_for_it_is_told_of_by_its_evidence(
    now: Posterior, usual: Posterior | None, told: str
) -> None:
    rose = table(fact("angry", now.angry, 0.9, -3.0, confidence=0.1), tone=-0.41, before=-0.6)
    facts = msgspec.structs.replace(rose, posterior=now, posterior_baseline=usual)
    assert sentence(facts, "onset") == f"{told} at -0.41."
    assert {claim.verdict for claim in check(sentence(facts, "onset"), facts).claims} == {"true"}


def test_the_demo_anger_that_sounds_less_angry_is_told_of_by_the_voice() -> None:
    facts = table(fact("angry", 0.3, 0.6, -4.0), fact("level", -14.0, -21.0, 2.0), tone=-0.2, before=-0.5)
    assert sentence(facts, "onset") == "Louder by 7 dB than this caller's usual."
    assert "less angry" in sentence(facts, "update")


@settings(max_examples=60, deadline=None)
@given(tables())
def test_at_most_three_salient_facts_are_named(facts: FactsTable) -> None:
    text = sentence(facts, "onset")
    named = re.findall(r"louder|quieter|in pitch|melody|effort|speaking|pausing|stressing|sounding", text.lower())
    assert len(named) <= 3
    assert len(text) < 240


def test_the_most_telling_facts_come_first_with_signs_and_units() -> None:
    facts = table(fact("rate", 5.9, 4.6, 2.8), fact("level", -14.0, -21.0, 4.0), fact("pitch", 18.2, 14.0, 3.2))
    assert sentence(facts, "onset") == (
        "Louder by 7 dB and 4.2 semitones higher in pitch than this caller's usual,"
        " speaking faster (5.9 against 4.6 syllables a second)."
    )


def test_a_stated_figure_leads_when_it_tells_most() -> None:
    facts = table(fact("pauses", 0.31, 0.12, 4.0), fact("level", -26.0, -21.0, -2.5))
    assert sentence(facts, "update") == (
        "Pausing more (31 against 12 % of the time), quieter by 5 dB than this caller's usual."
    )


def test_a_fact_that_is_hardly_trusted_is_not_spoken_of() -> None:
    assert sentence(table(fact("pitch", 18.0, 14.0, 4.0, confidence=0.2)), "onset").startswith("The tone fell")


def test_an_emotion_is_what_the_model_hears_and_never_a_fact() -> None:
    assert sentence(table(fact("angry", 0.62, 0.18, 4.0)), "onset") == (
        "Sounding angry to the model (62 %, usually 18 %)."
    )
    assert "angrier" in sentence(table(fact("angry", 0.32, 0.08, 3.0)), "onset")


def test_without_a_salient_fact_it_says_what_the_tone_did_and_nothing_more() -> None:
    quiet = table(fact("level", -20.0, -21.0, 0.4, salient=False))
    assert sentence(quiet, "onset") == "The tone fell from 0.10 to -0.60."
    assert sentence(table(tone=-0.41, before=-0.4), "update") == "The tone is steady at -0.41."


def test_a_recovery_names_what_is_near_the_usual_again_and_what_still_stands_out() -> None:
    facts = table(fact("level", -20.7, -21.0, 0.2, salient=False), fact("rate", 5.9, 4.6, 2.8), tone=-0.05, before=-0.6)
    assert sentence(facts, "recovery") == (
        "The tone rose from -0.60 to -0.05; loudness is near this caller's usual;"
        " speaking faster (5.9 against 4.6 syllables a second)."
    )


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_figure_that_is_no_number_is_left_out(broken: float) -> None:
    assert sentence(table(fact("level", broken, -21.0, broken)), "onset").startswith("The tone fell")


def test_a_later_moment_says_what_changed_since_the_one_before() -> None:
    changed = (fact("level", -18.0, -23.0, 2.5), fact("rate", 5.1, 4.2, 1.5))
    facts = msgspec.structs.replace(table(tone=-0.41, before=0.1), since_ms=42_000, tone_since=-0.05, changed=changed)
    told = "Since 0:42 the tone fell from -0.05 to -0.41: louder by 5 dB, speaking faster (5.1 against 4.2 syllables"
    assert since_last(facts).startswith(told)
    assert reason(facts, "Louder.") == f"{since_last(facts)} Louder."


def test_a_first_moment_has_nothing_before_it_and_a_steady_one_says_so() -> None:
    assert reason(table(), "Louder.") == "Louder."
    steady = msgspec.structs.replace(table(tone=-0.41), since_ms=0, tone_since=-0.4)
    assert since_last(steady) == "Since 0:00 the tone has stayed at -0.41."
