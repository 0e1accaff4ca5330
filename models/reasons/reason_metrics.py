"""Metrics over many reasons: are they true, do they decide, do they follow the facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from statistics import mean, median

import msgspec

from tonewatch.models.estimates import percentile, ratio
from tonewatch.models.reasons.asking import ExplainedMoment
from tonewatch.models.reasons.counterfactual_evaluation import FOLLOWED, Reply
from tonewatch.models.reasons.moments import LABEL
from tonewatch.models.reasons.rewards import named_share
from tonewatch.stream.messages import Claim


class ReasonMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Shares from 0 to 1; null where there is nothing to divide by.

    rationales        how many moments were asked about
    claims            in what the model wrote at its first try, before any check
    alignment_raw     share of them that the checker finds true
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
    distinct          different texts among the model's, numbers and quotations left out
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
    """Of records and of the replies to their counterfactuals."""
    raw = [claim for one in found for claim in one.raw]
    by_model = [one for one in found if one.rationale.source == "model"]
    answered = [one for one in found if one.answer is not None]
    scored = [one for one in answered if one.asked.degraded is not None]
    with_label = [one for one in scored if one.asked.mood is not None]
    # A record without tokens is one that no model wrote: it has no time of generation.
    seconds = [one.seconds for one in found if one.tokens]
    fallbacks = [one.rationale.fallback for one in found if one.rationale.fallback]
    return ReasonMetrics(
        rationales=len(found),
        claims=len(raw),
        alignment_raw=_true(raw),
        alignment_shown=_true([claim for one in found for claim in one.shown]),
        model_share=ratio(len(by_model), len(found)),
        answer_accuracy=_mean(t.answer.degraded == t.asked.degraded for t in scored if t.answer),
        label_accuracy=_mean(t.answer.label == LABEL[t.asked.mood] for t in with_label if t.answer and t.asked.mood),
        abstained=_mean(t.answer.degraded is None for t in answered if t.answer),
        flip_rate=_mean(reply.followed for reply in replies if reply.change in FOLLOWED),
        flips={change: _mean(r.followed for r in replies if r.change == change) for change in FOLLOWED},
        stay_rate=_mean(reply.followed for reply in replies if reply.change == "irrelevant"),
        completeness=_mean(share for one in found if (share := _named(one)) is not None),
        words=median(len(one.rationale.text.split()) for one in found) if found else None,
        distinct=ratio(len({bare(one.rationale.text) for one in by_model}), len(by_model)),
        seconds_p50=percentile(seconds, 50),
        seconds_p90=percentile(seconds, 90),
        tokens_per_s=percentile([one.tokens / one.seconds for one in found if one.tokens and one.seconds], 50),
        fallbacks={name: fallbacks.count(name) for name in sorted(set(fallbacks))},
    )


def _named(one: ExplainedMoment) -> float | None:
    return named_share(one.rationale.claims, one.facts) if one.tokens else None


def bare(text: str) -> str:
    """The text without the numbers and quotations, which differ from moment to moment anyway.

    >>> bare('Louder by 7 dB. The caller says "no".')
    'Louder by # dB. The caller says "".'
    """
    return re.sub(r"-?\d+(?:[.:]\d+)?", "#", re.sub(r'"[^"]*"', '""', text))


def _true(claims: Sequence[Claim]) -> float | None:
    return ratio(sum(claim.verdict == "true" for claim in claims), len(claims))


def _mean(found: Iterable[float]) -> float | None:
    values = [float(one) for one in found]
    return round(mean(values), 4) if values else None
