"""What the explainer does with the moments of calls: stages of `tonewatch bench stage`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from tonewatch.stream.bench.stages import Material, Stage
from tonewatch.stream.settings import ExplainSettings
from tonewatch.workers.reasons.engines.engine import Engine
from tonewatch.workers.reasons.engines.factory import make_engine
from tonewatch.workers.reasons.explain import explain, from_the_facts

NAME = "reasons, by the model"


def stages(material: Material) -> Sequence[Stage]:
    """Reasons from the facts alone, and by the model that is shipped."""
    moments = [one for one in material.moments if not one.closing]
    if not moments:
        return [Stage(NAME, None, note="not run: no stage before it gave moments")]
    loop = asyncio.new_event_loop()
    engine = loop.run_until_complete(make_engine(ExplainSettings(llm="small")))
    facts = Stage("reasons, from the facts", lambda: [from_the_facts(one, "missing") for one in moments])
    if engine is None:
        return [facts, Stage(NAME, None, note="not run: the model's packages or weights are not here")]
    return [facts, Stage(NAME, lambda: loop.run_until_complete(_explained(material, engine)))]


async def _explained(material: Material, engine: Engine) -> None:
    for moment in material.moments:
        await explain(moment, engine, deadline_s=60.0, clock=time.monotonic)
