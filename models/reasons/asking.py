"""An explainer run on many moments, as it runs live, and the record of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tonewatch.models.reasons.moments import AskedMoment
from tonewatch.stream.messages import Claim, FactsTable, ModelRef, Moment, Rationale
from tonewatch.stream.tone.sentence import lead, sentence
from tonewatch.workers.reasons.answer import Answer, parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.checker.english import ENGLISH_CHECKED
from tonewatch.workers.reasons.checker.language import CheckedLanguage
from tonewatch.workers.reasons.engines.engine import Completion, Engine, Request
from tonewatch.workers.reasons.explain import explain, language_for
from tonewatch.workers.reasons.prompt import INTRODUCTION, render


@dataclass(frozen=True)
class ExplainedMoment:
    """The record of one moment. `answer` and `written` are the model's own output.

    `raw` are the claims of its first try, before any check; `shown` those of the text that is shown, without the clause
    on the change since the moment before, which no model writes and which has measurements of its own.
    """

    asked: AskedMoment
    facts: FactsTable
    rationale: Rationale
    written: str
    answer: Answer | None
    raw: tuple[Claim, ...]
    shown: tuple[Claim, ...]
    tokens: int
    seconds: float


class Recording:
    """Passes requests on to an engine and keeps its newest completion."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.last = Completion("", 0, 0.0)

    @property
    def ref(self) -> ModelRef:
        return self._engine.ref

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        self.last = Completion("", 0, 0.0)
        self.last = await self._engine.complete(request, deadline_s=deadline_s)
        return self.last

    async def aclose(self) -> None:
        await self._engine.aclose()


class WithoutExamples:
    """The same engine, whose prompts hold the introduction and the facts and no worked examples."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def ref(self) -> ModelRef:
        return self._engine.ref

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        facts = request.facts
        prompt = f"{INTRODUCTION}\n{render(facts)}\n" if facts is not None else request.prompt
        bare = Request(prompt, request.grammar, request.schema, request.max_tokens, facts)
        return await self._engine.complete(bare, deadline_s=deadline_s)

    async def aclose(self) -> None:
        await self._engine.aclose()


async def ask_all(
    questions: Sequence[tuple[AskedMoment, FactsTable]],
    engine: Engine | None,
    *,
    deadline_s: float,
    progress: Callable[[], None] = lambda: None,
) -> list[ExplainedMoment]:
    """One after the other, so that each measured time is that of one reason alone."""
    # None: no engine, the reasons come from the facts alone.
    recording = Recording(engine) if engine is not None else None
    found = []
    for number, (asked, facts) in enumerate(questions):
        found.append(await _ask(number, asked, facts, recording, deadline_s))
        progress()
        await asyncio.sleep(0)
    return found


async def _ask(
    number: int, asked: AskedMoment, facts: FactsTable, engine: Recording | None, deadline_s: float
) -> ExplainedMoment:
    moment = Moment(
        call_id=asked.call,
        moment_id=f"{asked.call}/{asked.kind}/{facts.at_ms}/{number}",
        kind=asked.kind,
        at_ms=facts.at_ms,
        alert_id=asked.alert_id,
        facts=facts,
        sentence=sentence(facts, asked.kind),
    )
    rationale = await explain(moment, engine, deadline_s=deadline_s, clock=time.monotonic)
    last = engine.last if engine is not None else Completion("", 0, 0.0)
    # `first` is the draft before the model was asked to correct it.
    written, draft = last.text, last.first or last.text
    return ExplainedMoment(
        asked=asked,
        facts=facts,
        rationale=rationale,
        written=written,
        answer=parse(written),
        raw=_claims(draft, facts),
        shown=check(_own_text(rationale, facts, asked), facts, _language(rationale, written, facts)).claims,
        tokens=last.tokens,
        seconds=rationale.seconds,
    )


def _own_text(rationale: Rationale, facts: FactsTable, asked: AskedMoment) -> str:
    """What is shown, without the clause on the change since the moment before."""
    return rationale.text.removeprefix(lead(facts, asked.kind))


def _claims(draft: str, facts: FactsTable) -> tuple[Claim, ...]:
    answer = parse(draft)
    return () if answer is None else check(answer.reason, facts, language_for(answer, facts)).claims


def _language(rationale: Rationale, written: str, facts: FactsTable) -> CheckedLanguage:
    """How the claims of a shown text are read: as the model's own where it wrote it."""
    answer = parse(written)
    return language_for(answer, facts) if rationale.source == "model" and answer is not None else ENGLISH_CHECKED
