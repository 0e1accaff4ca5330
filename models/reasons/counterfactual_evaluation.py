"""Does the answer follow the facts? The same moment with one thing changed, asked again.

Three changes that must be followed:

- `calm`: every measurement and the posterior at this caller's baseline. An answer of "degraded" must become "no".
- `another`: the measurements of another caller with the opposite answer, under the words of this one. The answer must
  become the other's: it has to come from the measurements, not from the words.
- `words`: plain words instead of the caller's. Every claim about words must be true of the new ones; the measurements
  did not change, so the answer need not.

One that must not matter:

- `irrelevant`: another clock, other identifiers, another share of the agent, values and baselines shifted alike by a
  little. Label and answer must stay.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from tonewatch.models.reasons.asking import ExplainedMoment, ask_all
from tonewatch.models.reasons.counterfactuals import calm, irrelevant, other_words
from tonewatch.models.reasons.moments import AskedMoment
from tonewatch.models.reasons.utterances import Stance, situations, utterances
from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.engines.engine import Engine

Change = Literal["calm", "another", "words", "irrelevant"]
FOLLOWED: tuple[Change, ...] = ("calm", "another", "words")


@dataclass(frozen=True)
class Question:
    """`wanted`: the answer that must follow; None where the change tests something else."""

    change: Change
    before: ExplainedMoment
    facts: FactsTable
    wanted: bool | None


@dataclass(frozen=True)
class Reply:
    change: Change
    call: str
    followed: bool


def questions(found: Sequence[ExplainedMoment], seed: int) -> list[Question]:
    """For every moment that the model answered with yes or no."""
    rng = random.Random(f"counterfactual/{seed}")
    answered = [one for one in found if one.answer is not None and one.answer.degraded is not None]
    asked: list[Question] = []
    for one in answered:
        degraded = one.answer.degraded if one.answer else None
        if degraded:
            asked.append(Question("calm", one, _plain(calm(one.facts, rng), rng), False))
        others = [o for o in answered if o.answer and o.answer.degraded != degraded and o.asked.call != one.asked.call]
        if others:
            other = rng.choice(others)
            asked.append(Question("another", one, grafted(one.facts, other.facts), not degraded))
        if one.facts.quotes:
            asked.append(Question("words", one, _plain(one.facts, rng), None))
        asked.append(Question("irrelevant", one, irrelevant(one.facts, rng), degraded))
    return asked


def grafted(table: FactsTable, other: FactsTable) -> FactsTable:
    """The measurements of another caller at this moment, under this caller's words."""
    return msgspec.structs.replace(
        table,
        facts=other.facts,
        posterior=other.posterior,
        posterior_baseline=other.posterior_baseline,
        tone=other.tone,
        tone_before=other.tone_before,
        talk_over_ms=other.talk_over_ms,
    )


def _plain(table: FactsTable, rng: random.Random) -> FactsTable:
    texts = utterances()[rng.choice(situations(held_out=True))][Stance.PLAIN]
    return other_words(table, [rng.choice(texts)])


async def replies(asked: Sequence[Question], engine: Engine, *, deadline_s: float) -> list[Reply]:
    tables: list[tuple[AskedMoment, FactsTable]] = [(question.before.asked, question.facts) for question in asked]
    found = await ask_all(tables, engine, deadline_s=deadline_s)
    return [
        Reply(question.change, question.before.asked.call, _followed(question, after))
        for question, after in zip(asked, found, strict=True)
    ]


def _followed(question: Question, after: ExplainedMoment) -> bool:
    if after.answer is None:
        return False
    if question.change == "words":
        claims = check(after.answer.reason, question.facts).claims
        return all(c.verdict == "true" for c in claims if c.kind in ("quote", "words", "fit"))
    if question.change == "irrelevant":
        before = question.before.answer
        return before is not None and (before.label, before.degraded) == (after.answer.label, after.answer.degraded)
    return after.answer.degraded == question.wanted
