"""The shipped explainer: small enough to be tested with its real weights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
import pytest_asyncio

from tonewatch.stream.messages import Claim, FactsTable, ModelRef
from tonewatch.stream.service.provider import machine_has_gpu, provider_name
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.engines.engine import EngineLate, EngineUnavailable, Request
from tonewatch.workers.reasons.engines.engine_small import TRIES, SmallEngine
from tonewatch.workers.reasons.explain import request

from ...claims import TABLES

pytest.importorskip("onnxruntime", reason="no onnxruntime: pip install 'tonewatch[cpu]'")


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[SmallEngine]:
    engine = await SmallEngine.load()
    yield engine
    await engine.aclose()


async def write(engine: SmallEngine, name: str, timeout_factor: float) -> str:
    return (await engine.complete(request(TABLES[name]), deadline_s=60 * timeout_factor)).text


async def test_several_calls_at_once_get_what_each_gets_alone(engine: SmallEngine, timeout_factor: float) -> None:
    alone = [await write(engine, name, timeout_factor) for name in sorted(TABLES)]
    together = await asyncio.gather(*(write(engine, name, timeout_factor) for name in sorted(TABLES)))
    assert list(together) == alone
    assert all(parse(text) is not None for text in alone)


async def test_it_says_what_it_runs_on(engine: SmallEngine) -> None:
    assert engine.ref.provider == provider_name(on_gpu=False, has_gpu=machine_has_gpu())


async def test_most_of_what_it_claims_is_true_and_its_answers_follow_the_facts(
    engine: SmallEngine, timeout_factor: float
) -> None:
    claims: list[Claim] = []
    for name in sorted(TABLES):
        answer = parse(await write(engine, name, timeout_factor))
        assert answer is not None
        claims += check(answer.reason, TABLES[name]).claims
        if name in ("boiling", "sinking", "flat", "delighted"):
            assert answer.degraded == (name in ("boiling", "sinking"))
    assert sum(claim.verdict == "true" for claim in claims) >= 0.85 * len(claims)


async def test_a_deadline_stops_it_and_the_next_request_still_works(engine: SmallEngine, timeout_factor: float) -> None:
    with pytest.raises(EngineLate):
        await engine.complete(request(TABLES["boiling"]), deadline_s=0.0001)
    assert parse(await write(engine, "boiling", timeout_factor)) is not None


async def test_a_request_without_facts_is_not_for_it(engine: SmallEngine) -> None:
    with pytest.raises(EngineUnavailable, match="reads facts"):
        await engine.complete(Request("Facts:"), deadline_s=1)


class Careless:
    """Writes something false at first; asked again, what `better` says."""

    ref = ModelRef(name="careless", version="0")
    first = "<think>Quieter.</think><answer>angry; degraded yes; confidence 0.8</answer>"

    def __init__(self, better: str) -> None:
        self.better = better

    def write(
        self, facts: Sequence[FactsTable], stop: Callable[[], bool], *, seed: int | None = None
    ) -> list[tuple[str, int]]:
        return [(self.first if seed is None else self.better, 5) for _ in facts]


@pytest.mark.parametrize(
    ("better", "taken"),
    [
        ("<think>Louder.</think><answer>angry; degraded yes; confidence 0.6</answer>", True),
        ("<think>Louder.</think><answer>neutral; degraded no; confidence 0.6</answer>", False),
        ("<think>Slower.</think><answer>angry; degraded yes; confidence 0.6</answer>", False),
    ],
)
async def test_a_false_draft_is_written_anew_and_only_its_wording_may_change(
    better: str, taken: bool, timeout_factor: float
) -> None:
    engine = SmallEngine(Careless(better))
    done = await engine.complete(request(TABLES["boiling"]), deadline_s=30 * timeout_factor)
    await engine.aclose()
    assert done.text == (better if taken else Careless.first)
    assert done.first == (Careless.first if taken else "")
    assert done.tokens == 5 * (1 + TRIES)
