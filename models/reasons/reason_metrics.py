"""Figures over many reasons: are they true, do they decide, do they follow the facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from statistics import mean, median

import msgspec
import numpy as np

from tonewatch.models.reasons.asking import ExplainedMoment
from tonewatch.models.reasons.counterfactual_evaluation import FOLLOWED, Reply
from tonewatch.models.reasons.moments import LABEL
from tonewatch.models.reasons.rewards import named_share
from tonewatch.stream.messages import Claim


class ReasonMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Shares from 0 to 1; null where there is nothing to divide by.

    rationales        how many moments were asked about
    claims            in what the model wrote at its first try, before any check
    alignment_raw     those of them that the checker finds true
    alignment_shown   the same of what is shown, the facts' own sentence included
    model_share       moments whose shown text is the model's
    answer_accuracy   degraded or not, as the truth says, of the moments with a truth that a model answered; one that
                      cannot tell is wrong here
    label_accuracy    the emotion's name, of the same
    abstained         answers that cannot tell
    flip_rate         counterfactuals that were followed, over `flips`
    stay_rate         answers that stayed when nothing that matters changed
    completeness      the three most telling salient facts that are named rightly
    words             median length of a shown text
    distinct          different texts among the model's, figures and quotations left out
    seconds_p50, _p90 a reason
    tokens_per_s      written, median over reasons
    """

    rationales: int
    claims: int
    alignment_raw: float | None = None
    alignment_shown: float | None = None
    model_share: float | None = None
    answer_accuracy: float | None = None
    label_accuracy: float | None = None
    abstained: float | None = None
    flip_rate: float | None = None
    flips: dict[str, float | None] = {}
    stay_rate: float | None = None
    completeness: float | None = None
    words: float | None = None
    distinct: float | None = None
    seconds_p50: float | None = None
    seconds_p90: float | None = None
    tokens_per_s: float | None = None
    fallbacks: dict[str, int] = {}


def reason_metrics(found: Sequence[ExplainedMoment], replies: Sequence[Reply] = ()) -> ReasonMetrics:
    raw = [claim for told in found for claim in told.raw]
    by_model = [told for told in found if told.rationale.source == "model"]
    answered = [told for told in found if told.answer is not None]
    scored = [told for told in answered if told.asked.degraded is not None]
    named = [told for told in scored if told.asked.mood is not None]
    seconds = [told.seconds for told in found if told.tokens]
    fallbacks = [told.rationale.fallback for told in found if told.rationale.fallback]
    return ReasonMetrics(
        rationales=len(found),
        claims=len(raw),
        alignment_raw=_true(raw),
        alignment_shown=_true([claim for told in found for claim in told.shown]),
        model_share=_share(len(by_model), len(found)),
        answer_accuracy=_mean(t.answer.degraded == t.asked.degraded for t in scored if t.answer),
        label_accuracy=_mean(t.answer.label == LABEL[t.asked.mood] for t in named if t.answer and t.asked.mood),
        abstained=_mean(t.answer.degraded is None for t in answered if t.answer),
        flip_rate=_mean(reply.followed for reply in replies if reply.change in FOLLOWED),
        flips={change: _mean(r.followed for r in replies if r.change == change) for change in FOLLOWED},
        stay_rate=_mean(reply.followed for reply in replies if reply.change == "irrelevant"),
        completeness=_mean(share for told in found if (share := _named(told)) is not None),
        words=median(len(told.rationale.text.split()) for told in found) if found else None,
        distinct=_share(len({bare(told.rationale.text) for told in by_model}), len(by_model)),
        seconds_p50=_percentile(seconds, 50),
        seconds_p90=_percentile(seconds, 90),
        tokens_per_s=_percentile([told.tokens / told.seconds for told in found if told.tokens and told.seconds], 50),
        fallbacks={name: fallbacks.count(name) for name in sorted(set(fallbacks))},
    )


def _named(told: ExplainedMoment) -> float | None:
    return named_share(told.rationale.claims, told.facts) if told.tokens else None


def bare(text: str) -> str:
    """Without what differs from moment to moment anyway.

    >>> bare('Louder by 7 dB. The caller says "no".')
    'Louder by # dB. The caller says "".'
    """
    return re.sub(r"-?\d+(?:[.:]\d+)?", "#", re.sub(r'"[^"]*"', '""', text))


def _true(claims: Sequence[Claim]) -> float | None:
    return _share(sum(claim.verdict == "true" for claim in claims), len(claims))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(found: Iterable[float]) -> float | None:
    values = [float(one) for one in found]
    return round(mean(values), 4) if values else None


def _percentile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 3) if values else None
