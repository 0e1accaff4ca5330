"""Counterfactual facts tables, in which one thing is changed: training contrasts them, an evaluation asks about them.

Each returns a consistent table: the tone, the posteriors and the encoder's facts agree.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import msgspec

from tonewatch.stream.messages import Fact, FactsTable, Posterior, Quote
from tonewatch.stream.tone.config import MEASURES
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.stream.tone.facts_table import SALIENT_Z

NEUTRAL = Posterior(angry=0.06, happy=0.08, neutral=0.8, sad=0.06)

Counterfactual = Callable[[FactsTable, random.Random], FactsTable]


def with_facts(table: FactsTable, facts: Sequence[Fact]) -> FactsTable:
    return msgspec.structs.replace(table, facts=tuple(facts))


def moved(fact: Fact, z: float) -> Fact:
    """The same measurement `z` of its own spreads away from the baseline."""
    # z = delta / spread, so the spread is known from the fact itself unless both are near zero.
    spread = MEASURES[fact.name].spread_floor
    if abs(fact.z) > 0.2:
        spread = max(abs(fact.delta / fact.z), spread)
    value = fact.baseline + z * spread
    if fact.unit == "share":
        value = min(max(value, 0.0), 1.0)
    value = round(value if fact.name not in ("rate", "stress") else max(value, 0.0), 2)
    delta = round(value - fact.baseline, 2)
    salient = abs(z) >= SALIENT_Z and abs(delta) >= MEASURES[fact.name].notable
    return msgspec.structs.replace(fact, value=value, delta=delta, z=round(delta / spread, 2), salient=salient)


def calm(table: FactsTable, rng: random.Random) -> FactsTable:
    """Every measurement at this caller's baseline, within ordinary variation, and no talking over.

    Where the baseline is unknown, the encoder's posterior is a neutral one.
    """
    if not table.facts:
        return msgspec.structs.replace(table, posterior=NEUTRAL, tone=0.0, tone_before=0.0, talk_over_ms=0)
    facts = [moved(fact, rng.uniform(-0.45, 0.45)) for fact in table.facts if fact.name not in _EMOTION_FACTS]
    emotions = [moved(fact, 0.0) for fact in table.facts if fact.name in _EMOTION_FACTS]
    return msgspec.structs.replace(
        with_facts(table, [*facts, *emotions]),
        posterior=table.posterior_baseline,
        tone=round(table.tone_before + rng.uniform(-0.03, 0.03), 3),
        talk_over_ms=0,
    )


_EMOTION_FACTS = ("angry", "happy", "sad")


def other_words(table: FactsTable, texts: Sequence[str]) -> FactsTable:
    """The same voice over these words."""
    quotes = tuple(
        Quote(segment_id=f"change/{n}", start_ms=table.window_start_ms + 500 * n, text=text)
        for n, text in enumerate(texts)
    )
    return msgspec.structs.replace(table, quotes=quotes)


def inverted(table: FactsTable, rng: random.Random) -> FactsTable:
    """One measurement of the voice changes its direction."""
    voice = [fact for fact in table.facts if fact.name not in _EMOTION_FACTS]
    if not voice:
        return table
    chosen = rng.choice([fact for fact in voice if fact.salient] or voice)
    size = max(abs(chosen.z), 1.5)
    z = -size if chosen.z > 0 else size
    return with_facts(table, [moved(fact, z) if fact is chosen else fact for fact in table.facts])


def restored(table: FactsTable, rng: random.Random) -> FactsTable:
    """One salient measurement is back at the baseline."""
    chosen = [fact for fact in table.facts if fact.salient and fact.name not in _EMOTION_FACTS]
    if not chosen:
        return table
    one = rng.choice(chosen)
    return with_facts(table, [moved(fact, rng.uniform(-0.4, 0.4)) if fact is one else fact for fact in table.facts])


def made_salient(table: FactsTable, rng: random.Random) -> FactsTable:
    """One measurement that is not salient becomes so."""
    chosen = [fact for fact in table.facts if not fact.salient and fact.name not in _EMOTION_FACTS]
    if not chosen:
        return table
    one = rng.choice(chosen)
    z = rng.choice((-1, 1)) * rng.uniform(1.6, 3.5)
    return with_facts(table, [moved(fact, z) if fact is one else fact for fact in table.facts])


def untrusted(table: FactsTable, rng: random.Random) -> FactsTable:
    """One or two measurements were taken over too little speech."""
    names = {fact.name for fact in rng.sample(table.facts, min(len(table.facts), rng.choice((1, 2))))}
    return with_facts(
        table,
        [
            msgspec.structs.replace(fact, confidence=round(rng.uniform(0.0, LEAST_CONFIDENCE - 0.02), 2))
            if fact.name in names
            else fact
            for fact in table.facts
        ],
    )


def encoder_at_baseline(table: FactsTable, rng: random.Random) -> FactsTable:
    """The encoder's posterior is at the baseline; the voice is as measured."""
    emotions = [moved(fact, 0.0) if fact.name in _EMOTION_FACTS else fact for fact in table.facts]
    tone = round(table.tone_before + rng.uniform(-0.04, 0.04), 3)
    return msgspec.structs.replace(with_facts(table, emotions), posterior=table.posterior_baseline, tone=tone)


def jittered(table: FactsTable, rng: random.Random) -> FactsTable:
    """All measurements of the voice moved a little, as by another window of the same speech."""
    return with_facts(
        table,
        [fact if fact.name in _EMOTION_FACTS else moved(fact, fact.z + rng.gauss(0.0, 0.35)) for fact in table.facts],
    )


def early(table: FactsTable) -> FactsTable:
    """The same voice before the caller's baseline is known: only the encoder's posterior remains."""
    return msgspec.structs.replace(table, facts=(), posterior_baseline=None, baseline_segments=0, tone_before=0.0)


def irrelevant(table: FactsTable, rng: random.Random) -> FactsTable:
    """The same moment elsewhere: other times, identifiers and agent's share; values and baselines moved alike."""
    shift = rng.randrange(5, 90) * 1000
    quotes = tuple(
        msgspec.structs.replace(q, segment_id=f"elsewhere/{n}", start_ms=q.start_ms + shift)
        for n, q in enumerate(table.quotes)
    )
    facts = [
        msgspec.structs.replace(fact, value=round(fact.value + 0.01, 2), baseline=round(fact.baseline + 0.01, 2))
        if fact.name not in _EMOTION_FACTS
        else fact
        for fact in table.facts
    ]
    return msgspec.structs.replace(
        table,
        at_ms=table.at_ms + shift,
        window_start_ms=table.window_start_ms + shift,
        window_end_ms=table.window_end_ms + shift,
        agent_talk_share=round(rng.uniform(0.2, 0.6), 3),
        baseline_segments=table.baseline_segments + 1,
        facts=tuple(facts),
        quotes=quotes,
    )


CONTRASTS: tuple[Counterfactual, ...] = (
    calm,
    inverted,
    restored,
    made_salient,
    untrusted,
    encoder_at_baseline,
    jittered,
)
