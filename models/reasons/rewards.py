"""Rewards of a reason, each from facts and text alone: R = 0.3 format + 1.0 outcome + 0.5 tau reason.

After GRPO-PTR (EmotionThinker, ICLR 2026, arXiv 2601.15668). Factual alignment is what the claim checker finds; the
other three dimensions of a reason are rules that stand in for the paper's learned judge, each stated below.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tonewatch.stream.messages import Claim, FactsTable
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.workers.reasons.answer import Answer, parse
from tonewatch.workers.reasons.checker.check import Checked, check
from tonewatch.workers.reasons.decide import from_answer, negative_facts

FORMAT, OUTCOME, REASON = 0.3, 1.0, 0.5
LABEL_SHARE = 0.3
"""Of the outcome: the emotion's name; the rest is whether the tone degraded."""

UNSURE = 0.4
"""Worth of an answer of `unsure`: less than that of a guess that is right every other time."""

NAMED = 3
"""Salient facts that a complete reason names."""

FEWEST_WORDS, MOST_WORDS = 8, 75


@dataclass(frozen=True)
class Scores:
    """`format` is 1 for an answer that parses and that the facts do not refuse outright (`decide.py`).

    `alignment`, `interpretation`, `completeness` and `fluency` run from 1 to 5, as the paper's do."""

    format: float
    outcome: float
    alignment: float
    interpretation: float
    completeness: float
    fluency: float

    @property
    def right(self) -> bool:
        """Does it say whether the tone degraded, and rightly?"""
        return self.outcome >= 1 - LABEL_SHARE

    @property
    def reason(self) -> float:
        """0.2 to 1: the mean of the four dimensions over 5."""
        return (self.alignment + self.interpretation + self.completeness + self.fluency) / 20


NOTHING = Scores(0.0, 0.0, 1.0, 1.0, 1.0, 1.0)


def score(text: str, facts: FactsTable, label: str, degraded: bool) -> Scores:
    """Of one completion; `label` and `degraded` are the truth."""
    answer = parse(text)
    if answer is None:
        return NOTHING
    checked = check(answer.reason, facts)
    return Scores(
        format=float(from_answer(answer, facts) is not None),
        outcome=outcome(answer, label, degraded),
        alignment=alignment(checked.claims),
        interpretation=interpretation(answer, checked, facts),
        completeness=completeness(checked.claims, facts),
        fluency=fluency(answer.reason, checked),
    )


def outcome(answer: Answer, label: str, degraded: bool) -> float:
    return decided(answer.degraded, degraded) + LABEL_SHARE * (answer.label == label)


def decided(answer: bool | None, degraded: bool) -> float:
    """Worth of the answer yes, no or (None) unsure."""
    return (1 - LABEL_SHARE) * (UNSURE if answer is None else float(answer == degraded))


def alignment(claims: Sequence[Claim]) -> float:
    """Share of claims that are true. No claim at all is no alignment."""
    return 1 + 4 * sum(c.verdict == "true" for c in claims) / len(claims) if claims else 1.0


def interpretation(answer: Answer, checked: Checked, facts: FactsTable) -> float:
    """Does the reason lead to its answer? A rule in place of a judge.

    Where the answer is that the tone degraded, a fact that speaks for it should be named (2.5 of 4 points), where it is
    not, no such fact should be the only one named; and the claims on how words and voice fit should be true (1.5).
    """
    named = {c.fact for c in checked.claims if c.verdict == "true"}
    negative = {fact.name for fact in negative_facts(facts)}
    if answer.degraded is None:
        follows = 0.5
    elif answer.degraded:
        follows = float(bool(named & negative))
    else:
        follows = float(not negative or bool(named - negative - {"tone", ""}))
    fits = [c.verdict == "true" for c in checked.claims if c.kind in ("fit", "words")]
    fit = float(all(fits) and (bool(fits) or not facts.quotes))
    return 1 + 2.5 * follows + 1.5 * fit


def completeness(claims: Sequence[Claim], facts: FactsTable) -> float:
    """Share of the most telling salient facts that are named, rightly; where nothing stands out, 5."""
    share = named_share(claims, facts)
    return 5.0 if share is None else 1 + 4 * share


def named_share(claims: Sequence[Claim], facts: FactsTable) -> float | None:
    """Null where nothing is salient. A fact of which anything false is said is not named rightly."""
    # Most telling: the largest deviation, weighted by the trust in its measurement.
    trusted = [f for f in facts.facts if f.salient and f.confidence >= LEAST_CONFIDENCE]
    telling = {f.name for f in sorted(trusted, key=lambda f: -abs(f.z) * f.confidence)[:NAMED]}
    if not telling:
        return None
    # A fact counts as named only if no other claim about it is false.
    true, denied = ({c.fact for c in claims if (c.verdict == "true") == wanted} for wanted in (True, False))
    return len(telling & true - denied) / len(telling)


def fluency(reason: str, checked: Checked) -> float:
    """Length within bounds, nothing said twice, no sentence without a claim. A rule in place of a judge."""
    words = len(reason.split())
    long = 1.0 if FEWEST_WORDS <= words <= MOST_WORDS else 0.0
    stated = [(c.kind, c.fact) for c in checked.claims if c.kind in ("direction", "tone", "talk_over")]
    once = len(set(stated)) / len(stated) if stated else 0.0
    placed = sum(c.kind != "other" for c in checked.claims) / max(1, len(checked.claims))
    return 1 + 4 * (long + once + placed) / 3


def trust(scores: Sequence[Scores]) -> float:
    """tau of a group: 1 where right answers have reasons at least as good as wrong ones, else exp(right - wrong).

    >>> good, bad = Scores(1, 1, 5, 5, 5, 5), Scores(1, 0, 1, 1, 1, 1)
    >>> trust([good, bad])
    1.0
    """
    right = [s.reason for s in scores if s.right]
    wrong = [s.reason for s in scores if not s.right]
    if not right or not wrong:
        return 1.0
    difference = sum(right) / len(right) - sum(wrong) / len(wrong)
    return 1.0 if difference >= 0 else math.exp(difference)


def rewards(scores: Sequence[Scores], *, reason: bool, trusted: bool) -> list[float]:
    """Of one group of samples. `reason`: is the reason rewarded at all; `trusted`: is it weighted by `trust`."""
    tau = trust(scores) if trusted else 1.0
    return [FORMAT * s.format + OUTCOME * s.outcome + (REASON * tau * s.reason if reason else 0.0) for s in scores]


def advantages(found: Sequence[float]) -> list[float]:
    """Within one group: (r - mean) / deviation; equal rewards give zeros."""
    mean = sum(found) / len(found)
    spread = math.sqrt(sum((one - mean) ** 2 for one in found) / len(found))
    return [(one - mean) / (spread + 1e-4) for one in found]
