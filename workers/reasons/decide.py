"""Decision on an alert: by a written rule over the facts, and by a model's answer within it.

A fact is negative when it is salient, trusted, and
- the posterior of anger or sadness is above the baseline, or that of happiness below; or
- the voice is aroused (louder, higher, tenser, faster, wider in melody, more stress) or subdued (quieter, lower,
  flatter, slower, more pauses, laxer), while the posterior of happiness is not above the baseline.

From the facts alone an alert is confirmed when an acoustic fact and the posterior agree: more anger with an aroused
voice or with a cold one (flatter, tenser, more stress), or more sadness with a subdued one. Otherwise they abstain:
facts never withdraw.

Two answers that the facts alone do not settle are open to a model:
- "no" after a tone that has eased: anger and sadness together are heard less by 0.15 than at the moment before, and
  neither is there now beyond the caller's usual. Where another of the two took over (anger gone, sadness there), the
  tone is as degraded as it was, and "no" is refused.
- "yes" on words alone, of a model that reads them: the recogniser was sure of them, and they speak of what counts as
  evidence (a threat to leave or a wish for the supervisor, being let down again, swearing, distress) with no thanks
  or relief beside it but such as nobody means ("thanks for nothing"). A trouble that is merely named carries no "yes"
  over a voice that does nothing.

A model may say that the tone degraded in another way than the encoder's posterior: sad where that is rather angry, or
the other way round. That changes the alert where a measurement supports it: a posterior above the baseline, or a voice
that is subdued and not aroused (or aroused and not subdued); elsewhere it confirms.
"""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages import EMOTIONS, Decision, Emotion, Fact, FactsTable
from tonewatch.stream.tone import cues, verdict, wording
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.stream.tone.evidence.word_evidence import NATS
from tonewatch.workers.reasons.answer import Answer
from tonewatch.workers.reasons.checker.verdicts import share_of

WORDS_CARRY = 0.8
"""Evidence of the words, in nats, from which they carry a degraded tone alone: more than "this is a complaint"."""

# Sign of the difference from the baseline, by name of the fact.
_AROUSED = {"level": 1, "pitch": 1, "effort": 1, "rate": 1, "pitch_range": 1, "stress": 1}
_SUBDUED = {"level": -1, "pitch": -1, "pitch_range": -1, "rate": -1, "pauses": 1, "effort": -1}
_DEGRADED: tuple[Literal["angry", "sad"], ...] = ("angry", "sad")
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

    A confirmation or a change needs at least one negative fact, or words that carry it. A withdrawal is open to the
    model as long as the facts alone would not confirm, or the tone has eased: a louder voice without more anger may be
    a bad line or joy, which is the question that the model is asked. An unsure answer abstains. Before the caller's
    baseline is known there are no facts: then a posterior of anger and sadness above one half takes their place.
    """
    if answer.degraded is None:
        return "abstain"
    if answer.degraded:
        decided: Decision = "change" if _otherwise(answer.label, facts) else "confirm"
        return decided if _voice_speaks(facts) or (answer.reads and words_carry(facts)) else None
    # Voice and posterior agree that the tone degraded: no model may withdraw that, unless it has eased since.
    return None if from_facts(facts) == "confirm" and not has_eased(facts) else "withdraw"


def has_eased(facts: FactsTable) -> bool:
    """Less anger and sadness together than at the moment before, and neither there beyond the caller's usual."""
    then = facts.posterior_since
    now = [cues.share(facts, name) for name in _DEGRADED]
    if then is None or None in now:
        return False
    fell = then.angry + then.sad - sum(share or 0.0 for share in now)
    took_over = any(cues.is_present(facts, name) and cues.rises(facts, name) for name in _DEGRADED)
    return fell >= verdict.LESS and not took_over


def _voice_speaks(facts: FactsTable) -> bool:
    return bool(negative_facts(facts)) or _degraded_before_baseline(facts)


def rests_on_words(facts: FactsTable) -> bool:
    """Would a "yes" be one that only the words carry?"""
    return not _voice_speaks(facts)


def words_carry(facts: FactsTable) -> bool:
    """Do the words alone speak for a degraded tone, whatever the voice does?"""
    weight = sum(NATS[topic] for topic in wording.complaints(facts)) if wording.understood(facts) else 0.0
    return weight >= WORDS_CARRY and not wording.means_warmth(facts)


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
