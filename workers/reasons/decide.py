"""Decision on an alert: by a written rule over the facts, and by a model's answer within it.

A fact is negative when it is salient, trusted, and
- the posterior of anger or sadness is above the baseline, or that of happiness below; or
- the voice is aroused (louder, higher, tenser, faster, wider in melody, more stress) or subdued (quieter, lower,
  flatter, slower, more pauses, laxer), while the posterior of happiness is not above the baseline.

From the facts alone an alert is confirmed when an acoustic fact and the posterior agree: more anger with an aroused
voice or with a cold one (flatter, tenser, more stress), or more sadness with a subdued one. Otherwise they abstain:
facts never withdraw.

A model may say that the tone degraded in another way than the encoder's posterior: sad where that is rather angry, or
the other way round. That changes the alert where a measurement supports it: a posterior above the baseline, or a voice
that is subdued and not aroused (or aroused and not subdued); elsewhere it confirms.
"""

from __future__ import annotations

from tonewatch.stream.messages import EMOTIONS, Decision, Emotion, Fact, FactsTable
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.workers.reasons.answer import Answer
from tonewatch.workers.reasons.checker.verdicts import share_of

# Sign of the difference from the baseline, by name of the fact.
_AROUSED = {"level": 1, "pitch": 1, "effort": 1, "rate": 1, "pitch_range": 1, "stress": 1}
_SUBDUED = {"level": -1, "pitch": -1, "pitch_range": -1, "rate": -1, "pauses": 1, "effort": -1}
_COLD = {"pitch_range": -1, "effort": 1, "stress": 1}


def from_facts(facts: FactsTable) -> Decision:
    """`confirm` when voice and posterior agree that the tone degraded, else `abstain`."""
    angry = _moves(facts, {"angry": 1}) and (_moves(facts, _AROUSED) or _moves(facts, _COLD))
    sad = _moves(facts, {"sad": 1}) and _moves(facts, _SUBDUED)
    return "confirm" if (angry or sad) and not _moves(facts, {"happy": 1}) else "abstain"


def negative_facts(facts: FactsTable) -> tuple[Fact, ...]:
    """The salient facts that speak for a degraded tone."""
    posterior = _moves(facts, {"angry": 1, "sad": 1}) + _moves(facts, {"happy": -1})
    if _moves(facts, {"happy": 1}):
        return posterior
    return posterior + _moves(facts, _AROUSED) + _moves(facts, _SUBDUED)


def from_answer(answer: Answer, facts: FactsTable) -> Decision | None:
    """The decision of a model's answer; None when it contradicts the measurements.

    A confirmation or a change needs at least one negative fact. A withdrawal is open to the model as long as the
    facts alone would not confirm: a louder voice without more anger may be a bad line or joy, which is the question
    that the model is asked. An unsure answer abstains. Before the caller's baseline is known there are no facts: then
    a posterior of anger and sadness above one half takes their place.
    """
    if answer.degraded is None:
        return "abstain"
    if answer.degraded:
        decided: Decision = "change" if _otherwise(answer.label, facts) else "confirm"
        return decided if negative_facts(facts) or _degraded_before_baseline(facts) else None
    # Voice and posterior agree that the tone degraded: no model may withdraw that.
    return None if from_facts(facts) == "confirm" else "withdraw"


def _degraded_before_baseline(facts: FactsTable) -> bool:
    """No baseline yet, and the posterior of anger and sadness together is above one half."""
    shares = [share_of(facts, name) or 0.0 for name in ("angry", "sad")]
    return not facts.facts and sum(shares) > 0.5


def _otherwise(label: Emotion, facts: FactsTable) -> bool:
    """The label is the less likely of angry and sad by the posterior, and a measurement supports it."""
    angry, sad = (share_of(facts, name) for name in ("angry", "sad"))
    if angry is None or sad is None or label != ("angry" if sad > angry else "sad"):
        return False
    own, other = (_AROUSED, _SUBDUED) if label == "angry" else (_SUBDUED, _AROUSED)
    return bool(_moves(facts, {label: 1})) or (bool(_moves(facts, own)) and not _moves(facts, other))


def label_of(facts: FactsTable) -> tuple[Emotion, float]:
    """The likeliest emotion and its probability; neutral and 0 without a posterior."""
    shares = {name: share for name in EMOTIONS if (share := share_of(facts, name)) is not None}
    if not shares:
        return "neutral", 0.0
    best = max(shares, key=lambda name: shares[name])
    return best, shares[best]


def _moves(facts: FactsTable, ways: dict[str, int]) -> tuple[Fact, ...]:
    return tuple(
        f for f in facts.facts if f.salient and f.confidence >= LEAST_CONFIDENCE and f.delta * ways.get(f.name, 0) > 0
    )
