"""Does the answer follow the facts? The same moment with one thing changed, asked again.

Three changes that must be followed:

- `calm`: every measurement and the posterior as this caller usually is. An answer of "degraded" must become "no".
- `another`: the measurements of another caller, of whom the opposite was answered, under the words of this one. The
  answer must become the other's: it has to come from what was measured, not from what was said.
- `words`: plain words instead of those that were said. Whatever the reason says of words must be about the new ones and
  true of them; what was measured did not change, so the answer need not.

One that must not matter:

- `irrelevant`: another clock, other identifiers, another share of the agent, values a hair off, the caller's usual as
  far off. Label and answer must stay.
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
    """`wanted`: the answer that follows; null where something else is asked for."""

    change: Change
    told: ExplainedMoment
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
    answered = [told for told in found if told.answer is not None and told.answer.degraded is not None]
    asked: list[Question] = []
    for told in answered:
        degraded = told.answer.degraded if told.answer else None
        if degraded:
            asked.append(Question("calm", told, _plain(calm(told.facts, rng), rng), False))
        others = [o for o in answered if o.answer and o.answer.degraded != degraded and o.asked.call != told.asked.call]
        if others:
            other = rng.choice(others)
            asked.append(Question("another", told, grafted(told.facts, other.facts), not degraded))
        if told.facts.quotes:
            asked.append(Question("words", told, _plain(told.facts, rng), None))
        asked.append(Question("irrelevant", told, irrelevant(told.facts, rng), degraded))
    return asked


def grafted(table: FactsTable, other: FactsTable) -> FactsTable:
    """What was measured of another caller, at this moment and under these words."""
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
    tables: list[tuple[AskedMoment, FactsTable]] = [(question.told.asked, question.facts) for question in asked]
    found = await ask_all(tables, engine, deadline_s=deadline_s)
    return [
        Reply(question.change, question.told.asked.call, _followed(question, told))
        for question, told in zip(asked, found, strict=True)
    ]


def _followed(question: Question, told: ExplainedMoment) -> bool:
    if told.answer is None:
        return False
    if question.change == "words":
        claims = check(told.answer.reason, question.facts).claims
        return all(c.verdict == "true" for c in claims if c.kind in ("quote", "words", "fit"))
    if question.change == "irrelevant":
        before = question.told.answer
        return before is not None and (before.label, before.degraded) == (told.answer.label, told.answer.degraded)
    return told.answer.degraded == question.wanted
