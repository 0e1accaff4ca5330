from __future__ import annotations

import asyncio

from tonewatch.models.reasons.asking import WithoutExamples, ask_all
from tonewatch.models.reasons.reason_metrics import reason_metrics
from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.engines.engine import Completion, Request
from tonewatch.workers.reasons.prompt import INTRODUCTION, render

from .conftest import RuleEngine, asked, honest, records


def test_every_moment_is_asked_once_and_its_text_and_answer_kept(tables: dict[str, FactsTable]) -> None:
    found = records(honest, tables)
    assert [one.asked.call for one in found] == ["boiling", "sinking", "flat"]
    assert [one.written for one in found] == [honest(one.facts) for one in found]
    assert [one.answer.degraded for one in found if one.answer] == [True, True, False]


def test_without_an_engine_the_reason_comes_from_the_facts(tables: dict[str, FactsTable]) -> None:
    found = asyncio.run(ask_all(asked(tables), None, deadline_s=5))
    assert {(one.written, one.answer, one.tokens) for one in found} == {("", None, 0)}
    assert all(one.rationale.text for one in found)


def test_alignment_before_the_check_is_that_of_the_first_try(tables: dict[str, FactsTable]) -> None:
    class Corrected(RuleEngine):
        async def complete(self, request: Request, *, deadline_s: float) -> Completion:
            assert request.facts is not None
            false = "<think>Louder by 40 dB.</think><answer>angry; degraded yes; confidence 0.8</answer>"
            return Completion(honest(request.facts), 20, 0.1, false)

    found = reason_metrics(asyncio.run(ask_all(asked(tables), Corrected(honest), deadline_s=5)))
    assert found.model_share == 1.0
    assert found.alignment_raw is not None and found.alignment_raw < 0.5


def test_a_prompt_without_examples_holds_the_introduction_and_the_facts(tables: dict[str, FactsTable]) -> None:
    prompts: list[str] = []

    class Listing(RuleEngine):
        async def complete(self, request: Request, *, deadline_s: float) -> Completion:
            prompts.append(request.prompt)
            return await super().complete(request, deadline_s=deadline_s)

    [question, *_] = asked(tables)
    asyncio.run(ask_all([question], WithoutExamples(Listing(honest)), deadline_s=5))
    assert prompts == [f"{INTRODUCTION}\n{render(question[1])}\n"]
